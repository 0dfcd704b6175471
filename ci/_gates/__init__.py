"""What a wheel may weigh, how long its import may take, and which symbols it may ask for.

Each gate is a function that returns what is wrong, one text a fault; none is good. Standard library
only, and runs on Python 3.8, so that they can run wherever the wheel does.
"""
