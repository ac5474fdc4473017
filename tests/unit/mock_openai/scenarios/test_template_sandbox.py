"""Templates of scenarios: what they can say, and that nothing they say takes long or grows."""

import pytest

from mock_openai.errors import ApiError
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.templates import Text

ASK = ParsedRequest(
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
        ("{{ request.messages|map(attribute='content')|join(', ') }}", "a, b"),
        ("{{ '-'.join(last_user.split()[2:]) }}{{ [turn, 2]|sum }}", "of-Oslo4"),
        ("{{ {'b': '<x>', 'a': [1]}|tojson }}", '{"a": [1], "b": "<x>"}'),
        ("{{ 1 < turn <= 3 and 'Oslo' in last_user and last_user is not in [1] }}", "True"),
        ("{{ 'a\nb'|indent(2) }} {{ '{:>3}|{}'.format(1, 'x') }}", "a\n  b   1|x"),
        ("{% for n in 'ab' %}{{ loop.index }}{{ loop.last }}{% endfor %}", "1False2True"),
        (
            "{{ request.nothing|default('none') }}{% if turn in [1, 2] %} early{% endif %}",
            "none early",
        ),
        (
            "{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}"
            "{% endfor %}{{ ns.n }}",
            "3",
        ),
        (
            "{% macro f(x) %}{{ x.last }}{% endmacro %}{% for i in [1] %}{{ f(loop) }}{% endfor %}",
            "True",
        ),
        (
            "{% filter upper %}a text of more than thirty-two characters{% endfilter %}",
            "A TEXT OF MORE THAN THIRTY-TWO CHARACTERS",
        ),
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
        "{{ '1e999999'|float|int }}",
        "{{ nothing }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ 1 / 0 }}",
        "{{ ('x\n' * 400000)|indent(999999) }}",
        "{{ '{:>999999999}'.format(1) }}{{ '{:{}}'.format(1, 999999) }}",
        "{{ ('{0}' * 300000).format('x' * 900000) }}",
        "{{ range(99999)|join('x' * 900000) }}",
        "{{ ('x' * 900000).join(range(99999)|map('string')) }}",
        "{{ ['x' * 900000] * 900000 }}",
        "{{ ['x' * 900000] * 100 * 9000 }}",
        "{{ range(99999)|map('center', 999999)|join }}",
        "{{ ([[1] * 1000] * 900)|sum(start=[]) }}",
        "{{ ('\t' * 999999).expandtabs(999999) }}",
        "{{ ('x' * 999999).translate({120: 'x' * 999999}) }}",
        "{{ 'x'.encode('punycode') }}",
        "{{ ('<!---->' * 140000)|striptags }}",
        "{{ [[[1]]]|tojson(indent=999999) }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}"
        "{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='1') %}{% for i in range(60) %}{% set ns.x = {'a': ns.x, "
        "'b': ns.x} %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='1') %}{% for i in range(60) %}{% set ns.x %}{{ ns.x }}{{ ns.x }}"
        "{% endset %}{% endfor %}{{ ns.x }}",
        "{% macro f(x) %}{{ x }}{{ x }}{% endmacro %}{% set ns = namespace(x='1') %}"
        "{% for i in range(60) %}{% set ns.x = f(ns.x) %}{% endfor %}",
        "{% set x %}{% for i in range(99999) %}" + "long " * 2000 + "{% endfor %}{% endset %}",
        "{% set a = 'x' * 999999 %}{% set b = 'x' * 999999 %}{% for i in range(40000) %}"
        "{{ a == b }}{{ a is eq b }}{{ 'xy' in a }}{{ a[1:] }}{% endfor %}",
        "{% filter _carried %}x{% endfilter %}{{ 1|_joined }}",
    ],
)
def test_what_is_forbidden_or_too_much_is_refused_soon(template: str) -> None:
    with pytest.raises((ApiError, ValueError)):
        Text.read(template).render(ASK)


def test_a_template_that_takes_long_to_read_is_refused_and_a_text_is_not() -> None:
    with pytest.raises(ValueError, match="at most 100,000 characters"):
        Text.read("{{ turn }}" * 20_000)
    assert Text.read("{ turn }" * 20_000).render(ASK).startswith("{ turn }")
