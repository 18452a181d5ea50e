"""Prints the template before and after the SAM transform, as JSON; run with the SAM CLI's own interpreter."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

REGION = "eu-west-1"
REQUIRED = {"CampaignMonitorClientId": "an-id", "CampaignMonitorClientSecret": "a-secret"}


def transformed(text):
    source = yaml_parse(text)
    for name in ("functions", "layers"):
        text = text.replace(f"Uri: {name}/", f"Uri: s3://packages/{name}-")
    translator = Translator({}, Parser(), boto_session=SimpleNamespace(region_name=REGION))
    return {"source": source, "transformed": translator.translate(yaml_parse(text), REQUIRED)}


if __name__ == "__main__":
    json.dump(transformed(Path(sys.argv[1]).read_text()), sys.stdout)
