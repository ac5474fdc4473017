"""`python -m mock_openai` is the `mock-openai` command."""

from mock_openai.cli import main

if __name__ == "__main__":
    main()
