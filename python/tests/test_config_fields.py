"""The tables about configs equal those that the installed transformers gives."""
import pathlib
import subprocess
import sys

import pytest

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize("script", ["make_config_fields.py", "make_published_sizes.py"])
def test_a_table_is_what_transformers_gives(script):
    run = subprocess.run([sys.executable, FIXTURES / script, "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
