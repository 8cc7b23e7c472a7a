# make build   installs what is missing by name, leaves the release program at build/flama
# make run     the same, and serves an example model on http://127.0.0.1:8000
# make check   builds with ASan and UBSan and runs every test
# make check-sklearn  the numeric tests with old versions of scikit-learn
# make check-wheels   what PyPI is given, with each Python that is here
# make check-frameworks   holds networks to PyTorch and Keras themselves
# make bench   measures;  make fuzz  fuzzes every target for SECONDS each
# make format  clang-format and ruff over the tree

SECONDS_EACH ?= 60

build: setup build/build.ninja
	ninja -C build flama

run: build
	python3 scripts/serve_example.py

check: setup-check build-dev/build.ninja
	ninja -C build-dev
	build-venv/bin/python scripts/check.py build-dev

check-sklearn: setup-check build-dev/build.ninja
	ninja -C build-dev
	build-venv/bin/python scripts/check_sklearn.py build-dev

check-wheels: setup-check build-dev/build.ninja
	ninja -C build-dev
	build-venv/bin/python scripts/check_wheels.py build-dev

check-frameworks: setup-check build-dev/build.ninja
	ninja -C build-dev
	build-venv/bin/python scripts/check.py build-dev frameworks

bench: setup-check build-bench/build.ninja
	ninja -C build-bench
	build-venv/bin/python bench/bench.py build-bench

fuzz: setup-check build-fuzz/build.ninja
	ninja -C build-fuzz
	build-venv/bin/python scripts/fuzz.py build-fuzz $(SECONDS_EACH)

format:
	scripts/format

setup:
	scripts/setup build

setup-check:
	scripts/setup check

build/build.ninja:
	meson setup build -Dbuildtype=release -Db_lto=true

build-dev/build.ninja:
	meson setup build-dev -Dbuildtype=debugoptimized -Dwerror=true -Dtests=true \
	    -Db_sanitize=address,undefined -Db_lundef=false

build-bench/build.ninja:
	meson setup build-bench -Dbuildtype=release -Db_lto=true -Dbench=true

build-fuzz/build.ninja:
	CC=clang-14 meson setup build-fuzz -Dbuildtype=debugoptimized -Dfuzz=true \
	    -Db_sanitize=address,undefined -Db_lundef=false \
	    -Dc_args=-fsanitize=fuzzer-no-link

clean:
	rm -rf build build-dev build-bench build-fuzz

.PHONY: build run check check-sklearn check-wheels check-frameworks bench fuzz format \
        setup setup-check clean
