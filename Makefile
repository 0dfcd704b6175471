# One word each. The commands are in ci/, for people and for CI alike; most take options.
.PHONY: demo test check bench suite wheel interpreters

demo:   ; ci/demo
test:   ; ci/test
check:  ; ci/check
bench:  ; ci/bench
suite:  ; ci/suite
wheel:  ; ci/wheel
interpreters: ; ci/interpreters
