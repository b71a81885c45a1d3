"""All cases, in the order in which they are read."""

from tests.cases.cards_of_charges import CARDS
from tests.cases.deposits import DEPOSITS
from tests.cases.ends_of_charges import ENDS
from tests.cases.meter_of_charges import METER
from tests.cases.own_minds import OWN_MINDS
from tests.cases.power_of_charges import POWER
from tests.cases.purchases import PURCHASES
from tests.cases.starts_of_charges import STARTS
from tests.cases.stops_of_charges import STOPS
from tests.cases.tariffs_of_charges import TARIFFS
from tests.cases.watched_deposits import WATCHED_DEPOSITS
from tests.cases.watched_purchases import WATCHED

CHARGES = (*STARTS, *ENDS, *STOPS, *POWER, *METER, *TARIFFS, *OWN_MINDS, *CARDS)
CASES = (*CHARGES, *PURCHASES, *WATCHED, *DEPOSITS, *WATCHED_DEPOSITS)
