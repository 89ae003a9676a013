"""No idiom from before Odoo 19: many of them are accepted without a word and just do not work."""

import ast
from typing import NamedTuple

import pytest
from lxml import etree

from checkout import dotted, files, parsed, place

GONE_METHODS = {
    "name_get": "override _compute_display_name",
    "_name_search": "override _search_display_name, or set _rec_names_search",
    "toggle_active": "use action_archive and action_unarchive",
    "fields_view_get": "override _get_view",
}
GONE_ARGUMENTS = {"group_operator": "aggregator", "auto_join": "bypass_search_access"}
GONE_ATTRIBUTES = {"_cr": "env.cr", "_uid": "env.uid", "_context": "env.context"}
GONE_CALLS = {
    "read_group": "use _read_group or formatted_read_group",
    "toggle_active": "use action_archive and action_unarchive",
    "drop_view_if_exists": "use _table_query",
    "check_access_rights": "use check_access or has_access",
    "check_access_rule": "use check_access or has_access",
}
GONE_IMPORTS = {
    "odoo.osv": "use odoo.fields.Domain",
    "odoo.orm": "import from odoo.models, odoo.fields or odoo.api",
}
GONE_NAMES = {
    "SavepointCase": "use TransactionCase",
    "osv": "use odoo.fields.Domain",
    "expression": "use odoo.fields.Domain",
}
GONE_IN_ARCH = {"attrs": "write the expression itself", "states": "use invisible="}
GONE_FIELDS = {
    "ir.cron": {"numbercall", "doall"},
    "res.groups": {"category_id", "users"},
    "res.users": {"groups_id"},
    "ir.ui.menu": {"groups_id"},
    "ir.ui.view": {"groups_id"},
    "ir.actions.act_window": {"groups_id"},
    "ir.actions.client": {"groups_id"},
    "ir.actions.server": {"groups_id"},
    "ir.actions.report": {"groups_id"},
}


class Idiom(NamedTuple):
    """An old idiom: what it is, what finds it, and an example that must be found."""

    name: str
    find: callable
    planted: str


# Python: each function yields what is wrong with a node of a syntax tree.


def old_constraints(node):
    """Find `_sql_constraints`, which create nothing any more."""
    names = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
    if "_sql_constraints" in names:
        yield "_sql_constraints: use models.Constraint"


def old_methods(node):
    """Find methods that nobody calls any more."""
    if isinstance(node, ast.FunctionDef) and node.name in GONE_METHODS:
        yield f"def {node.name}: {GONE_METHODS[node.name]}"


def old_arguments(node):
    """Find parameters of fields that were renamed."""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg in GONE_ARGUMENTS:
                yield f"{keyword.arg}: use {GONE_ARGUMENTS[keyword.arg]}"


def old_attributes(node):
    """Find `_cr`, `_uid` and `_context` of records and requests."""
    if isinstance(node, ast.Attribute) and node.attr in GONE_ATTRIBUTES:
        yield f".{node.attr}: use {GONE_ATTRIBUTES[node.attr]}"


def old_calls(node):
    """Find calls of deprecated methods."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in GONE_CALLS:
            yield f"{name}(): {GONE_CALLS[name]}"


def own_commits(node):
    """Find transactions that are ended by hand."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        holder = dotted(node.func.value) or getattr(node.func.value, "attr", "")
        if node.func.attr in ("commit", "rollback") and holder.rpartition(".")[2] in ("cr", "_cr"):
            yield f"cr.{node.func.attr}(): use _commit_progress in jobs"


def old_imports(node):
    """Find modules and names that are internal, deprecated or gone."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        modules = [getattr(node, "module", None) or "", *(item.name for item in node.names)]
        for module in modules:
            for gone, instead in GONE_IMPORTS.items():
                if f"{module}.".startswith(f"{gone}."):
                    yield f"{gone}: {instead}"
        if isinstance(node, ast.ImportFrom) and modules[0].partition(".")[0] == "odoo":
            yield from (f"{name}: {GONE_NAMES[name]}" for name in modules[1:] if name in GONE_NAMES)


def old_routes(node):
    """Find routes of the type json."""
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "route":
        for keyword in node.keywords:
            if keyword.arg == "type" and getattr(keyword.value, "value", "") == "json":
                yield 'type="json": use type="jsonrpc"'


def old_commands(node):
    """Find x2many commands written as tuples of numbers."""
    if isinstance(node, ast.Tuple) and len(node.elts) == 3:
        first, second, values = node.elts
        numbers = [getattr(item, "value", None) for item in (first, second)]
        whole = all(type(number) is int for number in numbers)
        if whole and numbers in ([0, 0], [6, 0]) and not isinstance(values, ast.Constant):
            yield f"({numbers[0]}, 0, ...): use Command"


PYTHON = [
    Idiom("sql constraints", old_constraints, "class A:\n    _sql_constraints = []"),
    Idiom("name_get", old_methods, "def name_get(self): pass"),
    Idiom("_name_search", old_methods, "def _name_search(self, name): pass"),
    Idiom("group_operator", old_arguments, "x = fields.Float(group_operator='avg')"),
    Idiom("auto_join", old_arguments, "x = fields.Many2one(auto_join=True)"),
    Idiom("_cr", old_attributes, "self._cr.execute(query)"),
    Idiom("_uid", old_attributes, "x = self._uid"),
    Idiom("_context", old_attributes, "x = self.with_user(1)._context"),
    Idiom("read_group", old_calls, "self.env['res.partner'].read_group([], [], [])"),
    Idiom("toggle_active", old_calls, "self.toggle_active()"),
    Idiom("drop_view_if_exists", old_calls, "tools.drop_view_if_exists(cr, 'x')"),
    Idiom("commit", own_commits, "self.env.cr.commit()"),
    Idiom("commit of a cursor", own_commits, "cr.commit()"),
    Idiom("osv", old_imports, "from odoo.osv import expression"),
    Idiom("osv from odoo", old_imports, "from odoo import osv"),
    Idiom("orm", old_imports, "from odoo.orm.models import Model"),
    Idiom("import of orm", old_imports, "import odoo.orm.fields"),
    Idiom("SavepointCase", old_imports, "from odoo.tests import SavepointCase"),
    Idiom("json route", old_routes, "@http.route('/x', type='json')\ndef x(self): pass"),
    Idiom("command", old_commands, "x = [(0, 0, {'a': 1})]"),
    Idiom("command with ids", old_commands, "x = [(6, 0, ids)]"),
]
CLEAN_PYTHON = """
from odoo.fields import Command, Domain
from .expression import Expression
class A:
    '''Replaces name_get and _sql_constraints.'''
    _name_of_rule = models.Constraint("CHECK (x > 0)", "message")
    x = fields.Float(aggregator="avg")
    def _compute_display_name(self):
        self.env["x"]._read_group([], ["a"], ["__count"])
        self.env["ir.cron"]._commit_progress(1)
        version = (0, 0)
    @http.route("/x", type="jsonrpc")
    def x(self): return self.env.context
"""


# XML: each function yields what is wrong with an element.


def old_tags(node):
    """Find elements of views that were renamed."""
    if node.tag == "tree":
        yield "<tree>: use <list>"


def old_view_modes(node):
    """Find actions that open a view type that is gone."""
    if node.tag == "field" and node.get("name") == "view_mode" and "tree" in (node.text or ""):
        yield "view_mode with tree: use list"


def old_view_attributes(node):
    """Find attributes that views refuse."""
    if _in_view(node):
        for name, instead in GONE_IN_ARCH.items():
            if name in node.attrib or (node.tag == "attribute" and node.get("name") == name):
                yield f"{name}: {instead}"


def old_prints(node):
    """Find `t-esc` and `t-raw`."""
    for name in ("t-esc", "t-raw"):
        if name in node.attrib or (node.tag == "attribute" and node.get("name") == name):
            yield f"{name}: use t-out"


def old_chatter(node):
    """Find the chatter as it was written before."""
    if "oe_chatter" in node.get("class", ""):
        yield "oe_chatter: use <chatter/>"


def old_kanban(node):
    """Find the kanban template that the browser refuses."""
    if node.get("t-name") == "kanban-box":
        yield 'kanban-box: use <t t-name="card">'


def old_record_fields(node):
    """Find fields of records that were renamed or dropped."""
    if node.tag == "field" and node.getparent() is not None:
        model = node.getparent().get("model", "")
        if node.getparent().tag == "record" and node.get("name") in GONE_FIELDS.get(model, ()):
            yield f"{model}.{node.get('name')} is gone"


def fixed_styles(node):
    """Find styles that are written into a view."""
    if "style" in node.attrib and _in_view(node):
        yield "style=: use a class"


def replaced_nodes(node):
    """Find views that replace what other addons also extend."""
    if node.get("position") == "replace":
        yield 'position="replace": hide it, or set its attributes'


def search_groups(node):
    """Find groups in search views with attributes that are refused."""
    in_search = any(parent.tag == "search" for parent in node.iterancestors())
    if node.tag == "group" and in_search and {"expand", "string"} & set(node.attrib):
        yield "<group> of a search view takes neither expand nor string"


def inline_actions(node):
    """Find the action target that is gone."""
    if node.tag == "field" and node.get("name") == "target" and node.text == "inline":
        yield "target inline is gone"


def _in_view(node) -> bool:
    return any(
        parent.tag == "record" and parent.get("model") == "ir.ui.view"
        for parent in node.iterancestors()
    )


def _in_arch(content: str) -> str:
    return f"<odoo><record model='ir.ui.view'><field name='arch'>{content}</field></record></odoo>"


XML = [
    Idiom("tree", old_tags, _in_arch("<tree/>")),
    Idiom("view mode", old_view_modes, "<odoo><field name='view_mode'>tree,form</field></odoo>"),
    Idiom("attrs", old_view_attributes, _in_arch("<field name='a' attrs='{}'/>")),
    Idiom("states", old_view_attributes, _in_arch("<button states='draft'/>")),
    Idiom("changed attrs", old_view_attributes, _in_arch("<attribute name='attrs'>{}</attribute>")),
    Idiom("t-esc", old_prints, "<templates><t t-esc='a'/></templates>"),
    Idiom("t-raw", old_prints, "<templates><t t-raw='a'/></templates>"),
    Idiom("chatter", old_chatter, _in_arch("<div class='oe_chatter'/>")),
    Idiom("kanban-box", old_kanban, _in_arch("<t t-name='kanban-box'/>")),
    Idiom(
        "group category",
        old_record_fields,
        "<odoo><record model='res.groups'><field name='category_id'/></record></odoo>",
    ),
    Idiom(
        "group users",
        old_record_fields,
        "<odoo><record model='res.groups'><field name='users'/></record></odoo>",
    ),
    Idiom(
        "groups of a view",
        old_record_fields,
        "<odoo><record model='ir.ui.view'><field name='groups_id'/></record></odoo>",
    ),
    Idiom(
        "groups of a user",
        old_record_fields,
        "<odoo><record model='res.users'><field name='groups_id'/></record></odoo>",
    ),
    Idiom(
        "number of calls",
        old_record_fields,
        "<odoo><record model='ir.cron'><field name='numbercall'/></record></odoo>",
    ),
    Idiom("style", fixed_styles, _in_arch("<div style='color: red'/>")),
    Idiom("replace", replaced_nodes, _in_arch("<field name='a' position='replace'/>")),
    Idiom("search group", search_groups, _in_arch("<search><group expand='0'/></search>")),
    Idiom("inline", inline_actions, "<odoo><field name='target'>inline</field></odoo>"),
]
CLEAN_XML = """
<odoo>
    <record model="res.groups"><field name="privilege_id"/><field name="user_ids"/></record>
    <record model="ir.ui.view">
        <field name="arch" type="xml">
            <list><field name="category_id" invisible="state != 'done'" position="after"/></list>
            <search><group><filter name="a"/></group></search>
            <t t-name="card"><t t-out="a"/></t>
            <chatter/>
        </field>
    </record>
    <record model="ir.actions.act_window"><field name="view_mode">list,form</field></record>
    <template id="card"><div style="width: 86mm"/></template>
</odoo>
"""


def python_findings(find, tree: ast.Module) -> list[tuple[int, str]]:
    """Return (line, finding) of an idiom in a syntax tree."""
    return [(node.lineno, text) for node in ast.walk(tree) for text in find(node)]


def xml_findings(find, root) -> list[tuple[int, str]]:
    """Return (line, finding) of an idiom in an XML document."""
    return [(node.sourceline, text) for node in root.iter(etree.Element) for text in find(node)]


def test_python_has_no_old_idiom():
    found = [
        place(path, line, finding)
        for path in files("**/*.py")
        for find in {idiom.find for idiom in PYTHON}
        for line, finding in python_findings(find, parsed(path))
    ]
    assert not found, "\n".join(found)


def test_xml_has_no_old_idiom():
    found = [
        place(path, line, finding)
        for path in files("**/*.xml")
        for find in {idiom.find for idiom in XML}
        for line, finding in xml_findings(find, etree.parse(path).getroot())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("idiom", PYTHON, ids=lambda idiom: idiom.name)
def test_a_planted_idiom_in_python_is_found(idiom):
    assert python_findings(idiom.find, ast.parse(idiom.planted))


@pytest.mark.parametrize("idiom", XML, ids=lambda idiom: idiom.name)
def test_a_planted_idiom_in_xml_is_found(idiom):
    assert xml_findings(idiom.find, etree.fromstring(idiom.planted))


def test_clean_python_is_left_alone():
    tree = ast.parse(CLEAN_PYTHON)
    assert [python_findings(idiom.find, tree) for idiom in PYTHON] == [[]] * len(PYTHON)


def test_clean_xml_is_left_alone():
    root = etree.fromstring(CLEAN_XML)
    assert [xml_findings(idiom.find, root) for idiom in XML] == [[]] * len(XML)
