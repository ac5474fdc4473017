"""What OpenAI stores: responses, completions, conversations."""
