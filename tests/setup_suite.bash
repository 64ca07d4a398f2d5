# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Once before all bats files: what every test may rely on.
setup_suite() {
	# Tests must not depend on whose machine this is.
	unset VOUCHSAFE_SEAL RES_OPTIONS LOCALDOMAIN GREP_OPTIONS
	export LC_ALL=C TZ=UTC
	umask 022
}
