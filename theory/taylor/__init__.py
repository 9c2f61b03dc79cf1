r"""Taylor series in time with balls for coefficients: the arithmetic in which a field is expanded along its flow.

    x(s + τ) = c_0 + c_1 τ + … + c_p τ^p,    every c_k a ball, or a matrix of balls.

A series may carry the derivatives of its coefficients with respect to the d initial values (`tangents`, one
column each), so that a flow and its Jacobian come from the same lines.  Products are convolutions, and an analytic
function f is expanded by the differential equation it solves, in the tradition of Moore (1966):

    t = tanh z:  t' = (1 − t²) z',    e = exp z:  e' = e z',    s = sin z, c = cos z:  s' = c z', c' = −s z',
    l = log z:  l' = z'/z,    s = √z:  s s = z.

A scalar series, time for instance, goes wherever a number goes, and stands for a column of one entry where one is
needed; a scalar and a longer column are not added, as numbers and columns are not.

Every coefficient contains the true one, for all points of the balls that went in.
"""

from gronwall.theory.taylor.flows import column_of, flow_series, stacked, state, time
from gronwall.theory.taylor.series import Series

__all__ = ["Series", "column_of", "flow_series", "stacked", "state", "time"]
