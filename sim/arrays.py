"""What arrays are called: of numbers, of whole numbers, of yes and no."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Assumed = Mapping[str, Array]  # assumption -> its draws, `[replicate]`
