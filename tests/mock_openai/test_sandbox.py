"""Templates of scenarios: what they can say, and that nothing they say takes long or grows."""

from __future__ import annotations

import pytest

from mock_openai.ask import Ask
from mock_openai.errors import ApiError
from mock_openai.templates import Text

ASK = Ask(
    endpoint="chat.completions",
    body={"messages": [{"content": "a"}, {"content": "b"}]},
    canonical=b"",
    model="gpt-4o",
    last_user="Tell me of Oslo",
    turn=2,
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ last_user }}, again", "Tell me of Oslo, again"),
        ("{{ last_user|upper }}{{ 2 * 21 }}", "TELL ME OF OSLO42"),
        ("{% for m in request.messages %}{{ loop.index }}{{ m.content }} {% endfor %}", "1a 2b "),
        ("{{ 'a' ~ turn ~ 'b' }}{{ 'x' * 3 }}{{ 'n' + 'm' }}", "a2bxxxnm"),
        ("{% for i in range(3) if i != 1 %}{{ i }}{% else %}none{% endfor %}", "02"),
        ("{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice(turn) }}", "22"),
        ("{{ '%s' }}{{ last_user.split(' ')|join('-') }}{{ 7 % 4 }}", "%sTell-me-of-Oslo3"),
        ("{% raw %}{{ as it is }}{% endraw %}", "{{ as it is }}"),
        ("{% set w = last_user.split() %}{{ w|length }} {{ w[0]|lower }}", "4 tell"),
    ],
)
def test_a_template_says(template: str, text: str) -> None:
    assert Text.read(template).render(ASK) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' * 10**9 }}",
        "{{ [0] * 10**8 }}",
        "{{ 9 ** 999999 }}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ 'x'|center(1000000000) }}",
        "{{ '%999999999d'|format(1) }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ '%999999999d' % 1 }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% set r = range(99999) %}{% for i in r %}{% for j in r %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{% set a = 'x' * 99999 %}{{ a|replace('x', a) }}",
        "{% set a = 'x' * 99999 %}{{ a.replace('x', a) }}",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(40) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ last_user.__init__.__globals__ }}",
        "{{ request.clear() }}",
        "{{ nothing }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ 1 / 0 }}",
    ],
)
def test_what_is_forbidden_or_too_much_is_refused_soon(template: str) -> None:
    with pytest.raises((ApiError, ValueError)):
        Text.read(template).render(ASK)
