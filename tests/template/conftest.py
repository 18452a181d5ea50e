"""The template as written (`source`) and as CloudFormation gets it (`resources`)."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def transform(path):
    """A template before and after the SAM transform."""
    command = [ROOT / ".envs/sam/bin/python", Path(__file__).with_name("transform.py"), path]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def template():
    return transform(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def source(template):
    return template["source"]["Resources"]


@pytest.fixture(scope="session")
def resources(template):
    return template["transformed"]["Resources"]


@pytest.fixture(scope="session")
def of_type(resources):
    """Resources of a type, by name, as their properties."""

    def find(kind):
        return {
            name: resource.get("Properties", {})
            for name, resource in resources.items()
            if resource["Type"] == f"AWS::{kind}"
        }

    return find


@pytest.fixture(scope="session")
def functions(source):
    """The functions as written."""
    return {
        name: resource["Properties"]
        for name, resource in source.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture(scope="session")
def queues(of_type):
    """The queues that are worked on, by name."""
    return {name: queue for name, queue in of_type("SQS::Queue").items() if "RedrivePolicy" in queue}


@pytest.fixture(scope="session")
def sources(of_type):
    """The event source of each queue, by the queue's name."""
    found = of_type("Lambda::EventSourceMapping").values()
    return {source["EventSourceArn"]["Fn::GetAtt"][0]: source for source in found}
