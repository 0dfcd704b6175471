"""The msgpack extension codes of a checkpoint. They are part of the stored format.

Codes 0 to 5 carry `(module, name, payload[, method])`, code 6 an array's
`(dtype, shape, order, bytes)`, code 7 a bare value; each encoded as msgpack itself.
"""

EXT_CONSTRUCTOR_SINGLE_ARG = 0
EXT_CONSTRUCTOR_POS_ARGS = 1
EXT_CONSTRUCTOR_KW_ARGS = 2
EXT_METHOD_SINGLE_ARG = 3
EXT_PYDANTIC_V1 = 4
EXT_PYDANTIC_V2 = 5
EXT_NUMPY_ARRAY = 6
EXT_DELTA_SNAPSHOT = 7
