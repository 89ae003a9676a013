"""The way of the data: a lower layer knows nothing of a higher one.

documents -> facts -> standing and grade -> tier -> offers. Decisions are plain Python in `logic/`,
facts are SQL in `report/`, state is in `models/`, and screens hold neither SQL nor arithmetic.
"""

import ast
import re

import pytest
from lxml import etree

from checkout import dotted, files, parsed, place, texts

OUTSIDE_OF_LOGIC = {"odoo", "psycopg2", "random", "secrets", "time", "uuid"}
CLOCKS = ("now", "today", "utcnow")
# The first match tells the layer of a model.
LAYERS = [
    (1, ("crm.customer.fact",)),
    (2, ("crm.customer.standing", "crm.value.")),
    (3, ("crm.loyalty.",)),
    (4, ("crm.alliance", "crm.offer.")),
]
UNKNOWN_TO_FACTS = re.compile(r"\b(res[._]users|crm[._]value[._]|crm[._]loyalty|crm[._]alliance)")
STATEMENT = re.compile(r"\b(SELECT\b.+\bFROM|INSERT INTO|DELETE FROM|UPDATE\b.+\bSET)\b", re.DOTALL)
CURSOR_CALLS = {"execute", "execute_query", "execute_query_dict", "SQL"}


# Each rule returns (line, finding) pairs for one file.


def impure_logic(tree: ast.Module):
    """Find imports of Odoo and uses of the clock or chance in `logic/`."""
    for node in ast.walk(tree):
        for name in _imported(node):
            if name.partition(".")[0] in OUTSIDE_OF_LOGIC:
                yield node.lineno, f"imports {name}"
        if isinstance(node, ast.ImportFrom) and node.level > 1:
            yield node.lineno, "imports from outside of logic"
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            yield node.lineno, f"asks the clock: {dotted(node) or node.attr}"


def untyped_logic(tree: ast.Module):
    """Find functions of `logic/` whose arguments or result have no type."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            named = [item for item in arguments if item.arg not in ("self", "cls")]
            if not node.returns or not all(item.annotation for item in named):
                yield node.lineno, f"{node.name} is not fully typed"


def facts_that_judge(tree: ast.Module):
    """Find grades, tiers and users in the SQL of `report/`."""
    for line, text in texts(tree):
        if found := UNKNOWN_TO_FACTS.search(text):
            yield line, f"facts must not know {found.group()}"


def looking_up(tree: ast.Module):
    """Find names of a higher layer in a file that belongs to a lower one."""
    layer = max((layer_of(name) for name in _own_models(tree)), default=0)
    for line, text in texts(tree) if layer else ():
        for word in re.findall(r"\bcrm[._][a-z._]+", text):
            if layer_of(word.replace("_", ".")) > layer:
                yield line, f"layer {layer} must not know {word}"


def statements_on_screen(tree: ast.Module):
    """Find SQL in controllers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in CURSOR_CALLS:
                yield node.lineno, f"a controller calls {called}"
    for line, text in texts(tree):
        if STATEMENT.search(text):
            yield line, "a controller holds SQL"


def statements_in_views(root):
    """Find SQL in the texts and attributes of XML."""
    for node in root.iter(etree.Element):
        values = [node.text or "", node.tail or "", *node.attrib.values()]
        if any(STATEMENT.search(value) for value in values):
            yield node.sourceline, "a view holds SQL"


def layer_of(model: str) -> int:
    """Return the layer of a model, 0 for the models that belong to none."""
    for layer, beginnings in LAYERS:
        if f"{model}.".startswith(beginnings):
            return layer
    return 0


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module]
    return []


def _own_models(tree: ast.Module) -> list[str]:
    """Return the models that a file declares or extends."""
    names = []
    for node in ast.walk(tree):
        targets = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
        if isinstance(node, ast.Assign) and {"_name", "_inherit"} & set(targets):
            names += [item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant)]
    return names


PYTHON_RULES = [
    (impure_logic, "logic/**/*.py"),
    (untyped_logic, "logic/**/*.py"),
    (facts_that_judge, "report/**/*.py"),
    (looking_up, "models/**/*.py"),
    (looking_up, "report/**/*.py"),
    (statements_on_screen, "controllers/**/*.py"),
]


@pytest.mark.parametrize(("rule", "pattern"), PYTHON_RULES)
def test_python_keeps_to_its_layer(rule, pattern):
    found = [
        place(path, line, finding)
        for path in files(pattern)
        for line, finding in rule(parsed(path))
    ]
    assert not found, "\n".join(found)


def test_views_hold_no_sql():
    found = [
        place(path, line, finding)
        for path in [*files("views/**/*.xml"), *files("static/src/**/*.xml")]
        for line, finding in statements_in_views(etree.parse(path).getroot())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (impure_logic, "from odoo import fields"),
        (impure_logic, "import odoo.tools"),
        (impure_logic, "import random"),
        (impure_logic, "from ..models import res_partner"),
        (impure_logic, "def age(born: date) -> int:\n    return date.today() - born"),
        (impure_logic, "moment = datetime.datetime.now()"),
        (untyped_logic, "def grade(points):\n    return points"),
        (facts_that_judge, "QUERY = 'SELECT id FROM crm_value_grade'"),
        (facts_that_judge, "QUERY = SQL('JOIN res_users u ON u.id = o.user_id')"),
        (facts_that_judge, "model = env['crm.loyalty.tier']"),
        (
            looking_up,
            "class Standing:\n    _name = 'crm.customer.standing'\n    x = 'crm.loyalty.tier'",
        ),
        (
            looking_up,
            "class Fact:\n    _name = 'crm.customer.fact'\n    x = 'crm_customer_standing s'",
        ),
        (looking_up, "class Tier:\n    _inherit = ['crm.loyalty.tier']\n    x = 'crm.alliance'"),
        (statements_on_screen, "request.env.cr.execute(query)"),
        (statements_on_screen, "query = 'SELECT id\\n FROM res_partner'"),
    ],
)
def test_a_planted_violation_in_python_is_found(rule, planted):
    assert list(rule(ast.parse(planted)))


def test_a_planted_violation_in_a_view_is_found():
    planted = "<odoo><field name='code'>env.cr.execute('SELECT id FROM x')</field></odoo>"
    assert list(statements_in_views(etree.fromstring(planted)))


@pytest.mark.parametrize(
    ("rule", "clean"),
    [
        (impure_logic, "from datetime import date\nfrom .grade import Grade"),
        (untyped_logic, "def grade(points: int) -> str:\n    return 'A'"),
        (facts_that_judge, "'''Unlike crm.value.grade, no judgement.'''\nX = 'FROM sale_order'"),
        (
            looking_up,
            "class Tier:\n    _name = 'crm.loyalty.tier'\n    x = 'crm.customer.standing'",
        ),
        (looking_up, "class Partner:\n    _inherit = 'res.partner'\n    x = 'crm.alliance'"),
        (statements_on_screen, "'''Select a customer from a list.'''\npartner = find(term)"),
    ],
)
def test_clean_python_is_left_alone(rule, clean):
    assert not list(rule(ast.parse(clean)))
