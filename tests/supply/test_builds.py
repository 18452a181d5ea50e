from supply.builds import differences, files


def test_a_difference_of_content_permission_or_name_is_named(tmp_path):
    for folder in ("one", "other"):
        package = tmp_path / folder / "Function"
        package.mkdir(parents=True)
        for name in ("same.py", "content.py", "permission.py"):
            (package / name).write_text("x")
            (package / name).chmod(0o644)
    (tmp_path / "other/Function/content.py").write_text("y")
    (tmp_path / "other/Function/permission.py").chmod(0o664)
    (tmp_path / "other/Function/name.py").write_text("x")

    found = list(differences(files(tmp_path / "one"), files(tmp_path / "other")))

    assert found == ["Function/content.py", "Function/name.py", "Function/permission.py"]
