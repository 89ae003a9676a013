"""The database that `./setup/run` serves: made when missing, upgraded when the addons changed."""

from .database import PREFIX
from .paths import SETUP, addons, addons_fingerprint
from .processes import start, wait_for
from .progress import Problem, say

NOTE = "made by setup/run"
LANGUAGE = "--load-language=th_TH"
LOADER = SETUP / "load_complete_journey"


class DemoDatabase:
    """A database to look at: with demo data, or with the real data when `real` is set."""

    def __init__(self, environment, name: str | None, real: bool, households: int | None):
        self.environment = environment
        self.databases = environment.databases
        self.real = real
        self.households = households
        self.name = name or (f"{PREFIX}_real" if real else f"{PREFIX}_demo")

    def provide(self, fresh: bool) -> None:
        """Make the database or bring it up to date. Raises Problem when it is not ours."""
        owner = f"{NOTE}, files in {self.environment.data}"
        note = f"{owner}, addons {addons_fingerprint()}"
        kept = self.databases.note(self.name)
        if self.databases.exists(self.name) and not kept.startswith(owner):
            raise Problem(
                f"the database {self.name} was not made by this setup/run and is left alone: "
                "choose another name with --database."
            )
        if fresh or not kept:
            self._create(note)
        elif kept != note and addons():
            self.databases.upgrade(self.name, addons())
            self.databases.keep_note(self.name, note)

    def _create(self, note: str) -> None:
        say(f"making the database {self.name} ...")
        working_name = self.databases.prepare(
            self.name, addons(), demo=not self.real, options=[LANGUAGE]
        )
        if self.real:
            self._load_real_data(working_name)
        self.databases.keep_note(working_name, note)
        self.databases.drop(self.name)
        self.databases.rename(working_name, self.name)

    def _load_real_data(self, database: str) -> None:
        if not LOADER.is_file():
            raise Problem(f"{LOADER} is missing: --real needs it to load the data.")
        say("loading the real data ...")
        amount = ["--households", self.households] if self.households else ["--all"]
        command = [LOADER, "--database", database, *amount]
        if wait_for(start(command, env=self.environment.variables())):
            raise Problem("the real data cannot be loaded; the messages above say why.")
