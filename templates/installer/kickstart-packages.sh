#!/bin/sh
# %pre-install of an installation by Kickstart: Anaconda has partitioned, formatted and mounted, and has installed no
# package yet (runPreInstallScripts in pyanaconda/installation.py). The bastion is told; nothing waits for its answer.
# shellcheck shell=sh disable=SC1090,SC1091,SC2154
LABCTL=${LABCTL:-/run/labctl/overlay} LABCTL_RUN=${LABCTL_RUN:-/run/labctl} LABCTL_ON_CONSOLES=${LABCTL_ON_CONSOLES:-yes} LC_ALL=C
export LABCTL LABCTL_RUN LABCTL_ON_CONSOLES LC_ALL
[ -r "$LABCTL/overlay.env" ] || exit 0
. "$LABCTL/lib.sh"
umask 077
labctl_progress packages
exit 0
