"""The base of every model that describes a file which people write."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """No unknown key, no guessing of types (`"5"` is no number), no NaN or infinity, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
