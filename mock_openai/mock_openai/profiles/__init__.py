"""OpenAI-compatible servers, a row each: the parameters that they take, and how they speak.

A profile is chosen by `--profile`, by `X-Mock-Profile` or `[[mock: profile=…]]`, or by a scenario.
Its name is the one by which `tokentape check --profile` knows the same server.
"""

from typing import Final

from mock_openai.profiles.habits import (
    CONTENT_FILTER,
    CONTENT_PARTS,
    FINISH_TWICE,
    NO_CALL_INDEX,
    PROVIDER,
    REASONING,
    STOP_AFTER_CALL,
    USAGE_EACH,
    USAGE_IF_BIDDEN,
    USAGE_IN_FINISH,
    comment,
)
from mock_openai.profiles.profile import Json, Profile

__all__ = ["OPENAI", "PROFILES", "Profile"]

_SAMPLING = frozenset(
    """
    best_of top_k min_p typical_p repetition_penalty length_penalty min_tokens ignore_eos
    stop_token_ids include_stop_str_in_output skip_special_tokens spaces_between_special_tokens
    echo priority
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
_TEMPLATES = frozenset(
    """
    add_generation_prompt continue_final_message add_special_tokens documents chat_template
    chat_template_kwargs mm_processor_kwargs
    """.split()  # noqa: SIM905 - as above
)
_VLLM = frozenset(
    """
    use_beam_search truncate_prompt_tokens prompt_logprobs allowed_token_ids bad_words
    structured_outputs guided_json guided_regex guided_choice guided_grammar
    guided_decoding_backend logits_processors request_id return_tokens_as_token_ids
    return_token_ids cache_salt kv_transfer_params vllm_xargs include_reasoning
    stream_options.continuous_usage_stats
    """.split()  # noqa: SIM905 - as above
)
_SGLANG = frozenset(
    """
    regex ebnf json_schema lora_path session_params separate_reasoning stream_reasoning
    return_hidden_states no_stop_trim rid stream_options.continuous_usage_stats
    """.split()  # noqa: SIM905 - as above
)
_OPENROUTER = frozenset(
    """
    models route provider transforms plugins reasoning usage include_reasoning top_k top_a min_p
    repetition_penalty structured_outputs session_id trace debug
    """.split()  # noqa: SIM905 - as above
)


def _vllm_error(status: int, error: Json) -> Json:
    kinds = {400: "BadRequestError", 401: "AuthenticationError", 404: "NotFoundError"}
    kind = kinds.get(status, "InternalServerError" if status >= 500 else error["type"])
    return {"error": {**error, "type": kind, "code": status}}


def _sglang_error(status: int, error: Json) -> Json:
    return {"object": "error", **_vllm_error(status, error)["error"]}


def _openrouter_error(status: int, error: Json) -> Json:
    return {"error": {"message": error["message"], "code": status}}


def _mistral_error(status: int, error: Json) -> Json:
    return {"object": "error", **error, "raw_status_code": status}


def _vllm_model(model: Json) -> Json:
    return {
        **model,
        "owned_by": "vllm",
        "root": model["id"],
        "parent": None,
        "max_model_len": 131_072,
    }


def _openrouter_model(model: Json) -> Json:
    name = model["id"]
    return {
        "id": name,
        "canonical_slug": name,
        "name": name,
        "created": model["created"],
        "context_length": 131_072,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "pricing": {"prompt": "0", "completion": "0"},
    }


OPENAI: Final = Profile(
    "openai", "OpenAI", "https://platform.openai.com/docs/api-reference/chat-streaming"
)
"""What is sent and taken unless something else is chosen."""

PROFILES: Final = {
    one.name: one
    for one in (
        OPENAI,
        Profile(
            "azure",
            "Azure OpenAI",
            "https://learn.microsoft.com/azure/ai-foundry/openai/reference",
            frozenset({"data_sources", "user_security_context"}),
            (CONTENT_FILTER,),
        ),
        Profile(
            "vllm",
            "vLLM",
            "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
            _SAMPLING | _TEMPLATES | _VLLM,
            (REASONING, USAGE_IF_BIDDEN),
            _vllm_error,
            _vllm_model,
            lengths=True,
        ),
        Profile(
            "sglang",
            "SGLang",
            "https://docs.sglang.ai/basic_usage/openai_api_completions.html",
            _SAMPLING | _TEMPLATES | _SGLANG,
            (USAGE_IF_BIDDEN,),
            _sglang_error,
            lengths=True,
        ),
        Profile(
            "ollama",
            "Ollama",
            "https://docs.ollama.com/api/openai-compatibility",
            frozenset({"keep_alive", "options", "think", "format", "reasoning"}),
            (REASONING,),
        ),
        Profile(
            "openrouter",
            "OpenRouter",
            "https://openrouter.ai/docs/api_reference/streaming",
            _OPENROUTER,
            (comment("OPENROUTER PROCESSING"), REASONING, PROVIDER, FINISH_TWICE),
            _openrouter_error,
            _openrouter_model,
        ),
        Profile(
            "groq",
            "Groq",
            "https://console.groq.com/docs/api-reference",
            frozenset({"reasoning_format", "include_reasoning", "search_settings"}),
            (REASONING, USAGE_IN_FINISH),
        ),
        Profile(
            "mistral",
            "Mistral",
            "https://docs.mistral.ai/api/endpoint/chat",
            frozenset({"safe_prompt", "random_seed", "prompt_mode"}),
            (CONTENT_PARTS,),
            _mistral_error,
        ),
        Profile(
            "deepseek",
            "DeepSeek",
            "https://api-docs.deepseek.com/api/create-chat-completion",
            frozenset({"thinking"}),
            (comment("keep-alive"),),
        ),
        Profile(
            "gemini",
            "Gemini's OpenAI endpoint",
            "https://ai.google.dev/gemini-api/docs/openai",
            frozenset({"extra_body", "google"}),
            (NO_CALL_INDEX, STOP_AFTER_CALL),
        ),
        Profile(
            "xai",
            "xAI",
            "https://docs.x.ai/docs/api-reference",
            frozenset({"search_parameters", "deferred"}),
            (USAGE_EACH,),
        ),
    )
}
"""By their names."""
