"""Providers and servers that speak chat completions, each with the habits that it is known for. The
mock speaks like some of them by the same names."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one provider or server is known to do, by the names of its habits (`HABITS` of
    `openai_habits`)."""

    name: str
    of: str
    habits: tuple[str, ...] = ()


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(name="openai", of="OpenAI itself"),
        Profile(name="azure", of="Azure OpenAI", habits=("filter-chunks",)),
        Profile(
            name="openrouter",
            of="OpenRouter",
            habits=("finish-twice", "usage-with-choice", "empty-call-id"),
        ),
        Profile(name="groq", of="Groq"),
        Profile(
            name="mistral",
            of="Mistral",
            habits=("no-call-type", "content-parts", "loose-object", "own-finish-words"),
        ),
        Profile(
            name="gemini",
            of="Gemini by its OpenAI address",
            habits=(
                "no-role",
                "no-call-index",
                "empty-call-id",
                "stop-after-call",
                "own-finish-words",
            ),
        ),
        Profile(name="deepseek", of="DeepSeek"),
        Profile(name="xai", of="xAI"),
        Profile(
            name="ollama",
            of="Ollama",
            habits=("no-call-index", "stop-after-call", "loose-created"),
        ),
        Profile(name="vllm", of="vLLM", habits=("usage-per-choice",)),
        Profile(name="sglang", of="SGLang", habits=("finish-twice",)),
        Profile(name="llama-cpp", of="llama.cpp", habits=("loose-created",)),
        Profile(name="lm-studio", of="LM Studio", habits=("finish-twice",)),
        Profile(
            name="tgi",
            of="Text Generation Inference",
            habits=("stop-after-call", "own-finish-words"),
        ),
        Profile(name="perplexity", of="Perplexity", habits=("no-done",)),
        Profile(
            name="perplexity-concise",
            of="Perplexity with `stream_mode: concise`",
            habits=("no-done", "concise"),
        ),
        Profile(name="minimax", of="MiniMax", habits=("no-done", "whole-at-end")),
        Profile(
            name="cloudflare",
            of="Cloudflare Workers AI",
            habits=("no-choice-index", "finish-twice"),
        ),
        Profile(name="dashscope", of="DashScope (Qwen)", habits=("empty-call-id", "null-finish")),
        Profile(name="databricks", of="Databricks", habits=("content-parts",)),
        Profile(name="together", of="Together", habits=("own-finish-words",)),
        Profile(name="cohere", of="Cohere", habits=("own-finish-words",)),
        Profile(name="litellm", of="LiteLLM", habits=("own-finish-words", "pings")),
    )
}
