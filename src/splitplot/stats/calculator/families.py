"""P-values, or e-values, of several hypotheses at once."""

from enum import StrEnum

from splitplot.stats.calculator.documents import Answer, Fields
from splitplot.stats.multiplicity import Correction, adjusted_p_values, e_benjamini_hochberg


class FamilyMethod(StrEnum):
    """How a family is adjusted; the words are the document's."""

    HOLM = "holm"
    BONFERRONI = "bonferroni"
    HOCHBERG = "hochberg"
    BENJAMINI_HOCHBERG = "bh"
    BENJAMINI_YEKUTIELI = "by"
    E_BENJAMINI_HOCHBERG = "e_bh"


def adjust(fields: Fields) -> Answer:
    """Adjust a family.

    Args:
        fields: `p_values` is required, or `e_values` with the method e_bh; `method` and
            `alpha` have defaults.

    Returns:
        The method, adjusted p-values in the order given, and the positions of the
        rejected hypotheses, counted from 0.

    Raises:
        InvalidInput: A field is missing or wrong.

    Examples:
        >>> adjust(Fields({"p_values": [0.04, 0.01, 0.03]}))
        {'method': 'holm', 'adjusted_p_values': [0.06, 0.03, 0.06], 'rejected': [1]}
    """
    method = fields.choice("method", FamilyMethod.HOLM)
    alpha = fields.share("alpha", 0.05)
    if method is FamilyMethod.E_BENJAMINI_HOCHBERG:
        found = e_benjamini_hochberg(fields.numbers("e_values"), alpha=alpha)
        return {"method": method.value, "rejected": [*found]}
    adjusted = adjusted_p_values(fields.numbers("p_values"), Correction(method.value))
    return {
        "method": method.value,
        "adjusted_p_values": [*adjusted],
        "rejected": [position for position, p in enumerate(adjusted) if p < alpha],
    }
