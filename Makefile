# SPDX-License-Identifier: GPL-2.0-or-later
# For the impatient; everything is done by ./demo, ./run-tests and CMake. `make help` lists the words.
release = cmake --preset release $(1) && cmake --build --preset release $(2)

.PHONY: all help demo test gui plugin packages
all: ## the command line program
	cmake/install-packages build
	$(call release,-DMPS_BUILD_PLUGIN=OFF -DMPS_BUILD_GUI=OFF,--target mpscramble-analyze manual)
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)
demo: ## a bundled capture, with both paths and with one
	./demo
test: ## everything that CI runs
	./run-tests
gui: ## the window
	cmake/install-packages build gui
	$(call release,-DMPS_BUILD_PLUGIN=OFF -DMPS_BUILD_GUI=ON,--target mpscramble-gui mpscramble-analyze manual)
plugin: ## the Wireshark plugin, into your own plugin folder
	cmake/install-packages build plugin
	$(call release,-DMPS_BUILD_PLUGIN=ON -DMPS_BUILD_GUI=OFF,--target install-plugin-for-me)
packages: ## Debian packages, in build/release/packages
	cmake/install-packages build gui plugin
	$(call release,-DMPS_BUILD_PLUGIN=ON -DMPS_BUILD_GUI=ON,)
	cd build/release && cpack
