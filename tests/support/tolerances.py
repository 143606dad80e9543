"""How closely two computations must agree, each with its reason; used by every test of geometry."""

# Two closed forms of the same least squares in double precision, beside pixels up to a thousand.
SAME_FIT_PX = 1e-9

# Points recovered through a fit of Hypothesis's scales (0.01 to 100) and shifts (to 10,000 px):
# the error is relative to the coordinates' size.
RECOVERED = 1e-9

# insightface keeps its template in single precision, and skimage averages it in that precision.
SINGLE_PRECISION_PX = 1e-4

# A crop of the mirrored image computes each source position from mirrored numbers. The positions
# agree to rounding, but where a bilinear value lies on a half, the grey level may round either way.
MIRRORED_GREY_LEVELS = 1
