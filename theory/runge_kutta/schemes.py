"""The schemes: exact tables, and two that were printed with rounded coefficients."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

from gronwall.theory.runge_kutta.tableaux import Tableau, butcher

EULER = butcher("explicit Euler", 1, """
    0 |
      | 1
""", source="Euler 1768")  # fmt: skip
MIDPOINT = butcher("explicit midpoint", 2, """
    0   |
    1/2 | 1/2
        | 0   1
""", source="Runge 1895")  # fmt: skip
HEUN = butcher("Heun", 2, """
    0 |
    1 | 1
      | 1/2 1/2
""", source="Heun 1900")  # fmt: skip
RALSTON = butcher("Ralston", 2, """
    0   |
    2/3 | 2/3
        | 1/4 3/4
""", source="Ralston 1962")  # fmt: skip
KUTTA3 = butcher("Kutta's third-order rule", 3, """
    0   |
    1/2 | 1/2
    1   | -1  2
        | 1/6 2/3 1/6
""", source="Kutta 1901")  # fmt: skip
RK4 = butcher("the classical Runge–Kutta scheme", 4, """
    0   |
    1/2 | 1/2
    1/2 | 0   1/2
    1   | 0   0   1
        | 1/6 1/3 1/3 1/6
""", source="Kutta 1901")  # fmt: skip
THREE_EIGHTHS = butcher("the 3/8 rule", 4, """
    0   |
    1/3 | 1/3
    2/3 | -1/3 1
    1   | 1    -1  1
        | 1/8  3/8 3/8 1/8
""", source="Kutta 1901")  # fmt: skip
DORMAND_PRINCE = butcher("Dormand–Prince 5(4)", 5, """
    0    |
    1/5  | 1/5
    3/10 | 3/40       9/40
    4/5  | 44/45      -56/15      32/9
    8/9  | 19372/6561 -25360/2187 64448/6561 -212/729
    1    | 9017/3168  -355/33     46732/5247 49/176  -5103/18656
    1    | 35/384     0           500/1113   125/192 -2187/6784    11/84
         | 35/384     0           500/1113   125/192 -2187/6784    11/84    0
         | 5179/57600 0           7571/16695 393/640 -92097/339200 187/2100 1/40
""", embedded_order=4, source="Dormand, Prince 1980")  # fmt: skip
IMPLICIT_EULER = butcher("implicit Euler", 1, """
    1 | 1
      | 1
""", source="Radau IIA, one stage")  # fmt: skip
IMPLICIT_MIDPOINT = butcher("implicit midpoint", 2, """
    1/2 | 1/2
        | 1
""", source="Gauss, one stage")  # fmt: skip
TRAPEZOID = butcher("trapezoid (Crank–Nicolson)", 2, """
    0 |
    1 | 1/2 1/2
      | 1/2 1/2
""", source="Lobatto IIIA, two stages")  # fmt: skip
GAUSS4 = butcher("Gauss, two stages", 4, """
    1/2-sqrt(3)/6 | 1/4           1/4-sqrt(3)/6
    1/2+sqrt(3)/6 | 1/4+sqrt(3)/6 1/4
                  | 1/2           1/2
""", source="Hammer, Hollingsworth 1955")  # fmt: skip
RADAU3 = butcher("Radau IIA, two stages", 3, """
    1/3 | 5/12 -1/12
    1   | 3/4  1/4
        | 3/4  1/4
""", source="Ehle 1969")  # fmt: skip
RADAU5 = butcher("Radau IIA, three stages", 5, """
    (4-sqrt(6))/10 | (88-7*sqrt(6))/360     (296-169*sqrt(6))/1800 (-2+3*sqrt(6))/225
    (4+sqrt(6))/10 | (296+169*sqrt(6))/1800 (88+7*sqrt(6))/360     (-2-3*sqrt(6))/225
    1              | (16-sqrt(6))/36        (16+sqrt(6))/36        1/9
                   | (16-sqrt(6))/36        (16+sqrt(6))/36        1/9
""", source="Ehle 1969")  # fmt: skip

SCHEMES: dict[str, Tableau] = {
    "euler": EULER, "midpoint": MIDPOINT, "heun": HEUN, "ralston": RALSTON, "kutta3": KUTTA3, "rk4": RK4,
    "three_eighths": THREE_EIGHTHS, "dormand_prince": DORMAND_PRINCE, "implicit_euler": IMPLICIT_EULER,
    "implicit_midpoint": IMPLICIT_MIDPOINT, "trapezoid": TRAPEZOID, "gauss4": GAUSS4, "radau3": RADAU3,
    "radau5": RADAU5,
}  # fmt: skip


# ---------------------------------------------------------------- printed with rounded coefficients

DORMAND_PRINCE_87 = butcher("Dormand–Prince 8(7)", 8, """
    0           |
    1/18        | 1/18
    1/12        | 1/48 1/16
    1/8         | 1/32 0 3/32
    5/16        | 5/16 0 -75/64 75/64
    3/8         | 3/80 0 0 3/16 3/20
    59/400      | 29443841/614563906 0 0 77736538/692538347 -28693883/1125000000 23124283/1800000000
    93/200      | 16016141/946692911 0 0 61564180/158732637 22789713/633445777 545815736/2771057229
                  -180193667/1043307555
    5490023248/9719169821   | 39632708/573591083 0 0 -433636366/683701615 -421739975/2616292301 100302831/723423059
                              790204164/839813087 800635310/3783071287
    13/20                   | 246121993/1340847787 0 0 -37695042795/15268766246 -309121744/1061227803
                              -12992083/490766935 6005943493/2108947869 393006217/1396673457 123872331/1001029789
    1201146811/1299019798   | -1028468189/846180014 0 0 8478235783/508512852 1311729495/1432422823
                              -10304129995/1701304382 -48777925059/3047939560 15336726248/1032824649
                              -45442868181/3398467696 3065993473/597172653
    1 | 185892177/718116043 0 0 -3185094517/667107341 -477755414/1098053517 -703635378/230739211
        5731566787/1027545527 5232866602/850066563 -4093664535/808688257 3962137247/1805957418 65686358/487910083
    1 | 403863854/491063109 0 0 -5068492393/434740067 -411421997/543043805 652783627/914296604 11173962825/925320556
        -13158990841/6184727034 3936647629/1978049680 -160528059/685178525 248638103/1413531060 0
      | 14005451/335480064 0 0 0 0 -59238493/1068277825 181606767/758867731 561292985/797845732
        -1041891430/1371343529 760417239/1151165299 118820643/751138087 -528747749/2220607170 1/4
      | 13451932/455176623 0 0 0 0 -808719846/976000145 1757004468/5645159321 656045339/265891186
        -3867574721/1518517206 465885868/322736535 53011238/667516719 2/45 0
""", embedded_order=7, source="Prince, Dormand 1981", rounding=F(1, 10**16))  # fmt: skip
"""Not SciPy's DOP853, whose pair of orders 8(5,3) is another one."""

_TSITOURAS = butcher("Tsitouras 5(4)", 5, """
    0 |
    0.161 | 0.161
    0.327 | -0.008480655492356989 0.335480655492357
    0.9 | 2.897153057105493 -6.359448489975075 4.362295432869581
    0.9800255409045097 | 5.325864828439257 -11.74888356406283 7.495539342889836 -0.09249506636175525
    1 | 5.86145544294642 -12.92096931784711 8.159367898576159 -0.071584973281401 -0.02826905039406838
    1 | 0.09646076681806523 0.01 0.4798896504144996 1.379008574103742 -3.290069515436081 2.324710524099774
      | 0.09646076681806523 0.01 0.4798896504144996 1.379008574103742 -3.290069515436081 2.324710524099774 0
      | 0.001780011052226 0.000816434459657 -0.007880878010262 0.144711007173263 -0.582357165452555
        0.458082105929187 -1/66
""", embedded_order=4, source="Tsitouras 2011", rounding=F(1, 2 * 10**14))  # fmt: skip
TSITOURAS = replace(
    _TSITOURAS, embedded=tuple(b - d for b, d in zip(_TSITOURAS.b, _TSITOURAS.embedded or (), strict=True))
)
"""The last line of the table holds b − b̂: it is what the paper prints, and its sum is 0."""

ROUNDED: dict[str, Tableau] = {"dormand_prince_87": DORMAND_PRINCE_87, "tsitouras": TSITOURAS}
"""Not among `SCHEMES`: their order conditions hold up to rounding only."""
