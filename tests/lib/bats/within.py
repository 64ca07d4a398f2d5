# SPDX-License-Identifier: ISC
"""within WALL PROCESSOR KIB COMMAND...: run it, and say what it took.

Exit 1 if that is more.  The seconds are those of a quiet machine on which the
loop below takes REFERENCE: where it takes longer, before or after, by the clock
or of the processor, so may the command.
"""
import resource
import subprocess
import sys
import time

REFERENCE = 0.083


def loop():
    wall, cpu = time.monotonic(), time.process_time()
    sum(i * i for i in range(2000000))
    return time.monotonic() - wall, time.process_time() - cpu


wall, cpu, kib = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
before = loop()
start = time.monotonic()
with open("within.out", "w") as out:
    status = subprocess.run(sys.argv[4:], stdout=out).returncode
took = time.monotonic() - start
after = loop()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
processor = used.ru_utime + used.ru_stime
slow = [max(1, before[i] / REFERENCE, after[i] / REFERENCE) for i in (0, 1)]
print("%.2f s, %.2f s of processor, %d KiB, exit %d; the machine is %.1f and "
      "%.1f times slow" % (took, processor, used.ru_maxrss, status, *slow))
sys.exit(took > wall * slow[0] or processor > cpu * slow[1] or
         used.ru_maxrss > kib)
