from customresource_bridge.port.beside import NO_CODE, CodeFolder, TemplateFile, no_template


def test_code_that_could_not_be_read_is_more_than_no_code() -> None:
    assert CodeFolder() == NO_CODE
    assert CodeFolder(problem="src, which was not read") != NO_CODE


def test_a_folder_s_code_is_in_no_repr() -> None:
    assert "secret" not in repr(CodeFolder(files={"index.py": b"secret"}))


def test_nothing_lies_beside_a_template_that_is_read_from_standard_input() -> None:
    assert no_template("t.yaml") is None
    assert "secret" not in repr(TemplateFile("t.yaml", b"secret"))
