"""Expected failures: the file, its update, the marker."""

from __future__ import annotations

from pathlib import Path

import pytest
from wsproof import UsageError
from wsproof.pytest_plugin.xfails import Run, XfailFile

CASES = "--ws-cases=1.1.1,1.1.2,2.1,7.1.5"


def load(path: Path, text: str) -> XfailFile:
    path.write_text(text)
    return XfailFile.load(path)


def test_lines(tmp_path: Path) -> None:
    file = load(
        tmp_path / "x",
        "# ours\n\n7.1.5 pass-with-notes\n9.3.* limit  too many fragments # not ours\n6.4 fail#x\n100.3 fail\n"
        "[a.py::test_b]\n7.1.5 fail\n",
    )
    assert file.expectation("a.py::test_a", "7.1.5") == ("pass-with-notes", "", "x, line 3:")
    assert file.expectation("a.py::test_b", "7.1.5") == ("fail", "", "x, line 8:")
    assert file.expectation("t", "9.3.8") == ("limit", "too many fragments", "x, line 4:")
    assert file.expectation("t", "6.4.2") == ("fail", "x", "x, line 5:")
    assert file.expectation("t", "100.3") is not None and file.expectation("t", "100.4") is None
    assert file.expectation("t", "1.1.1") is None
    assert file.unknown_tests(["a.py::test_a"]) == ["a.py::test_b"]


@pytest.mark.parametrize("line", ["1.1.1", "99 fail", "1.1.1 bad", "1.1.1 pass", "[x", "[]", "fail 1.1.1", "x", "\0"])
def test_wrong_lines_are_told_with_their_number(line: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2"):
        load(tmp_path / "x", f"# a comment\n{line}\n")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        XfailFile.load(tmp_path / "missing")
    with pytest.raises(UsageError, match="cannot be read"):
        XfailFile.load(tmp_path)
    (tmp_path / "x").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        XfailFile.load(tmp_path / "x")
    assert XfailFile.load(tmp_path / "missing", may_be_missing=True).lines == []


def test_an_update_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    file = load(tmp_path / "x", "# top\n1.1.* fail  all of them\n2.1 limit # kept\n3.1 fail\n")
    runs = [
        Run("t", "1.1.1", "pass", False),
        Run("t", "1.1.2", "fail", True),
        Run("t", "3.1", "incomplete", True),
        Run("t", "4.1.1", "pass-with-notes", False),
    ]
    assert file.update(runs) == (1, 2)
    expected = (
        "# top\n"
        + "".join(f"1.1.{n}    fail  all of them\n" for n in range(2, 9))
        + "2.1 limit # kept\n3.1      incomplete\n"
    )
    assert file.path.read_text() == expected
    assert XfailFile.load(file.path).update(runs) == (0, 0)
    assert file.path.read_text() == expected


def test_an_update_tells_tests_apart(tmp_path: Path) -> None:
    file = XfailFile.load(tmp_path / "x", may_be_missing=True)
    runs = [Run("a", "1.1.1", "fail", True), Run("b", "1.1.1", "limit", True), Run("b", "1.1.2", "fail", True)]
    file.update(runs)
    assert file.path.read_text() == "[a]\n1.1.1    fail\n\n[b]\n1.1.1    limit\n1.1.2    fail\n"
    again = XfailFile.load(file.path)
    assert again.update([*runs[:1], Run("b", "1.1.1", "pass", False), runs[2]]) == (0, 1)
    assert file.path.read_text() == "[a]\n1.1.1    fail\n\n[b]\n1.1.2    fail\n"


def test_the_course_of_things(pytester: pytest.Pytester, shout_url: str, echo_url: str) -> None:
    broken, right = f"--ws-url={shout_url}", f"--ws-url={echo_url}"
    file = "--ws-xfails=known.txt"
    pytester.runpytest(broken, CASES).assert_outcomes(failed=2, passed=2, warnings=1)
    result = pytester.runpytest(broken, CASES, file, "--ws-update-xfails")
    result.assert_outcomes(xfailed=2, passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*known.txt: 2 expected failures added, 0 removed"])
    known = pytester.path / "known.txt"
    assert known.read_text() == "1.1.1    fail\n1.1.2    fail\n"
    result = pytester.runpytest(broken, CASES, file, "-rx")
    result.assert_outcomes(xfailed=2, passed=2, warnings=1)
    result.stdout.fnmatch_lines(["XFAIL wsproof::server?1.1.1? - fail: Expected a text message*"])
    # Strict: what passes although it is expected to fail, fails.
    result = pytester.runpytest(right, CASES, file)
    result.assert_outcomes(failed=2, passed=2, warnings=1)
    result.stdout.fnmatch_lines(["known.txt, line 1: expects the verdict fail, and it was pass. Remove the line."])
    pytester.runpytest(right, CASES, file, "--ws-update-xfails").assert_outcomes(passed=4, warnings=1)
    assert known.read_text() == ""
    # By verdict: the right case with another verdict fails too.
    known.write_text("1.1.1 limit\n7.1.5 pass-with-notes its own way\n")
    result = pytester.runpytest(broken, CASES, file)
    result.assert_outcomes(failed=2, passed=1, xfailed=1)
    result.stdout.fnmatch_lines(["known.txt, line 1: expects the verdict limit, and it was fail.", "*wire log"])
    pytester.makeini("[pytest]\nws_xfails = known.txt\nws_strict = true\n")
    pytester.runpytest(broken, CASES).assert_outcomes(failed=2, passed=1, xfailed=1)


def test_a_test_that_is_gone_is_told(pytester: pytest.Pytester, echo_url: str) -> None:
    (pytester.path / "known.txt").write_text("[gone.py::test_x]\n1.1.1 fail\n")
    result = pytester.runpytest(f"--ws-url={echo_url}", "--ws-cases=1.1.1", "--ws-xfails=known.txt")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*names tests that were not collected: gone.py::test_x"])


def test_the_marker(pytester: pytest.Pytester, shout_url: str) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.ws_xfail("1.1", reason="shouts")
        @pytest.mark.ws_xfail("2.1", verdict="limit")
        def test_server(ws_case, ws_url):
            ws_case.run(ws_url)
        """
    )
    result = pytester.runpytest(f"--ws-url={shout_url}", CASES, "-rx")
    result.assert_outcomes(xfailed=2, failed=1, passed=1, warnings=1)
    result.stdout.fnmatch_lines(["the marker ws_xfail of *expects the verdict limit*", "XFAIL *?1.1.1? - fail: shouts"])
