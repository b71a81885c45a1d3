"""What a site file says of charges: settings for the site and for single piles. Pure."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.profile.strict import Strict

Seconds = Annotated[int, Field(ge=0, le=86_400)]
Positive = Annotated[int, Field(ge=1, le=86_400)]
Energy = Annotated[int, Field(ge=1, le=100_000)]
Money = Annotated[int, Field(ge=0, le=10_000_000)]


class FreeSpec(Strict):
    """Charging without a customer: it begins when a plug is seen to come in, and costs nothing."""

    most_s: Positive = Field(description="Longest free charge, s.")
    most_wh: Energy = Field(description="Most energy of a free charge, Wh.")
    most_w: Energy = Field(description="Most power of a free charge, W.")


class CardsSpec(Strict):
    """Cards that may charge and open bins, by the list that the platform pushes."""

    key_file: Annotated[str, Field(min_length=1)] = Field(
        description="File with the key of the list's signature, 64 hexadecimal digits or more; beside the site file."
    )
    ceiling_mil: Annotated[int, Field(ge=10, le=10_000_000)] | None = Field(
        default=None, description="Most that one charge by card may cost, 0.001 yuan; needed where there are piles."
    )
    list_age_most_s: Annotated[int, Field(ge=3600, le=31_536_000)] = Field(
        default=604_800, description="A list older than this counts for nothing; 7 days if unset."
    )
    when: Literal["always", "cloud-away"] = Field(
        default="always",
        description="Of charges. always: the list decides; cloud-away: only while the cloud cannot be reached.",
    )


class ChargingSpec(Strict):
    """Charges. What is left out, the profile or the gateway says."""

    tariff: str | None = Field(default=None, description="Id of the tariff of a start that names none; free if unset.")
    longest_s: Positive | None = Field(default=None, description="Longest charge, s; a day if unset.")
    most_wh: Energy | None = Field(default=None, description="Most energy of one charge, Wh.")
    most_w: Energy | None = Field(default=None, description="Most power of one charge, W.")
    most_mil: Money | None = Field(
        default=None,
        description="Ceiling of a start that names no amount, 0.001 yuan; without it such a start is refused.",
    )
    free: FreeSpec | None = Field(default=None, description="Plugging in starts a charge that costs nothing.")
    rules: Literal["ap3000", "x10p", "juy"] | None = Field(
        default=None, description="Pile whose own rules of full and unplugged the gateway takes over."
    )
    settler: Literal["gateway", "pile"] | None = Field(default=None, description="Whose total is the bill.")
    resumes: Literal["device", "gateway", "nobody"] | None = Field(
        default=None, description="Who switches on again after a power failure; as the profile says if unset."
    )
    start_wait_s: Positive | None = Field(default=None, description="How long a confirmed ON is waited for.")
    plug_wait_s: Positive | None = Field(default=None, description="How long a load is waited for.")
    late_start_s: Positive | None = Field(default=None, description="The same, while a plug is seen to be in.")
    replug_s: Seconds | None = Field(default=None, description="How long an outlet stays on without its plug.")
    float_s: Seconds | None = Field(default=None, description="How long an outlet stays on after full.")
    away_s: Positive | None = Field(default=None, description="A pile out of sight for longer ends its charges.")
    final_s: Positive | None = Field(default=None, description="How long an end waits for its last readings.")
    total_s: Positive | None = Field(
        default=None, description="The same for the total of a pile that settles, where nothing else is missing."
    )
    occupied_s: Seconds | None = Field(
        default=None, description="How long a plug left in is counted; 0 settles at once."
    )
    progress_s: Positive | None = Field(default=None, description="How often progress is told.")
    retell_s: Positive | None = Field(default=None, description="First pause before a settlement is told again.")


class SiteChargingSpec(ChargingSpec):
    """Charges, for the whole site."""

    cloud_away_s: Positive = Field(
        default=3600, description="After so long without the cloud, charges end that do not want to run without it."
    )
    cards: CardsSpec | None = Field(default=None, description="Cards that are known, by a signed list.")


def written_charging(level: ChargingSpec) -> dict[str, object]:
    """Return what a level of the file sets itself of the settings of a pile's charges."""
    return level.model_dump(exclude_none=True, exclude={"cloud_away_s", "cards"})
