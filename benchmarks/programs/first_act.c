/* A job whose first act is to read the clock: appends "NAME NANOSECONDS" to a file. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (argc < 3)
        return 2;
    char line[128];
    int length = snprintf(line, sizeof line, "%s %lld%09ld\n", argv[2], (long long)now.tv_sec,
                          now.tv_nsec);
    int file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0600);
    return file < 0 || write(file, line, (size_t)length) != length;
}
