from . import click
from . import contact_preferences
from . import personal_data
from . import unsubscribe
