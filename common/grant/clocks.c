/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"
#include "grant/clocks.h"

static enum fault_kind
jit_clock_boot_id(char out[JIT_BOOT_ID], struct fault *f)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return fault_errno(f, FAULT_UNAVAILABLE, errno,
		    "/proc/sys/kernel/random/boot_id");
	n = read(fd, out, JIT_BOOT_ID - 1);
	(void)close(fd);
	if (n != JIT_BOOT_ID - 1)
		return fault_set(f, FAULT_UNAVAILABLE,
		    "/proc/sys/kernel/random/boot_id is too short");
	out[JIT_BOOT_ID - 1] = '\0';
	for (size_t i = 0; i < JIT_BOOT_ID - 1; i++)
		if (ascii_hex(out[i]) < 0 && out[i] != '-')
			return fault_set(f, FAULT_UNAVAILABLE,
			    "the boot id is no UUID");
	return FAULT_NONE;
}

static enum fault_kind
jit_clock_read(const struct jit_clock *c, struct jit_now *now,
    struct fault *f)
{
	struct timespec wall, boot;

	(void)c;
	*now = (struct jit_now){ 0 };
	if (clock_gettime(CLOCK_REALTIME, &wall) != 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &boot) != 0)
		return fault_errno(f, FAULT_UNAVAILABLE, errno, "clock");
	now->wall = (int64_t)wall.tv_sec;
	now->boot = (int64_t)boot.tv_sec;
	return jit_clock_boot_id(now->boot_id, f);
}

static enum fault_kind
jit_clock_same(const struct jit_clock *c, struct jit_now *now,
    struct fault *f)
{
	(void)f;
	*now = c->fixed;
	return FAULT_NONE;
}

struct jit_clock
jit_clock_system(void)
{
	return (struct jit_clock){ .sample = jit_clock_read };
}

struct jit_clock
jit_clock_fixed(const struct jit_now *now)
{
	return (struct jit_clock){ jit_clock_same, *now };
}

/*
 * Boot times of one boot only compare if they did not run backwards, which
 * happens in another time namespace.
 */
static bool
jit_clock_same_boot(const char *boot_id, int64_t boot,
    const struct jit_now *now)
{
	return boot_id[0] != '\0' && strcmp(boot_id, now->boot_id) == 0 &&
	    now->boot >= boot;
}

int64_t
jit_clock_step(const struct jit_mark *m, const struct jit_now *now)
{
	if (!jit_clock_same_boot(m->boot_id, m->boot, now))
		return 0;
	return (now->wall - m->wall) - (now->boot - m->boot);
}

enum jit_trust
jit_clock_judge(const struct jit_mark *m, const struct jit_now *now)
{
	if (now->wall < m->seen_max - JIT_CLOCK_BEHIND)
		return JIT_TRUST_BEHIND;
	if (jit_clock_step(m, now) > JIT_CLOCK_AHEAD)
		return JIT_TRUST_AHEAD;
	return JIT_TRUST_OK;
}

void
jit_clock_raise(struct jit_mark *m, const struct jit_now *now)
{
	if (jit_clock_judge(m, now) != JIT_TRUST_OK)
		return;
	if (now->wall > m->seen_max)
		m->seen_max = now->wall;
	m->wall = now->wall;
	m->boot = now->boot;
	memcpy(m->boot_id, now->boot_id, sizeof(m->boot_id));
}

void
jit_clock_accept(struct jit_mark *m, const struct jit_now *now)
{
	m->seen_max = now->wall;
	m->wall = now->wall;
	m->boot = now->boot;
	memcpy(m->boot_id, now->boot_id, sizeof(m->boot_id));
}

bool
jit_clock_over(const struct jit_now *now, int64_t not_after, int64_t boot_end,
    const char *boot_id)
{
	if (now->wall >= not_after)
		return true;
	return boot_id[0] != '\0' && strcmp(boot_id, now->boot_id) == 0 &&
	    now->boot >= boot_end;
}
