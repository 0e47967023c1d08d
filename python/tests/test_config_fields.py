"""The table of config fields equals the one that the installed transformers gives."""
import pathlib
import subprocess
import sys

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"


def test_the_table_of_config_fields_is_what_transformers_reads():
    run = subprocess.run([sys.executable, FIXTURES / "make_config_fields.py", "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
