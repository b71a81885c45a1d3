/* A pile behind libmodbus: `libmodbus_slave PORT BAUD`. Tells and takes the same as pymodbus_slave.py. */

#include <errno.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 1, OUTLETS = 12, CURRENTS = 100, FIRST_COUNTS = 300, TELEMETRY = 7 };
enum { READ_HOLDING = 3, WRITE_COIL = 5, WRITE_COILS = 15 };

static int counts[OUTLETS];
static uint16_t last_read[OUTLETS];

/* Put into the registers what flows now, and tell of it where it is new. */
static void measure(modbus_mapping_t *map)
{
    uint16_t *now = map->tab_registers + CURRENTS;
    for (int n = 0; n < OUTLETS; n++)
        now[n] = map->tab_bits[n] ? (uint16_t)counts[n] : 0;
    if (memcmp(last_read, now, sizeof last_read) == 0)
        return;
    memcpy(last_read, now, sizeof last_read);
    printf("read");
    for (int n = 0; n < OUTLETS; n++)
        printf(" %d", now[n]);
    printf("\n");
}

/* Answer one request. */
static void answer(modbus_t *line, modbus_mapping_t *map)
{
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    int length = modbus_receive(line, query);
    if (length <= 0)
        return;
    int function = query[1], address = query[2] << 8 | query[3];
    if (function == READ_HOLDING && address == CURRENTS)
        measure(map);
    modbus_reply(line, query, length, map);
    if (function != WRITE_COIL && function != WRITE_COILS)
        return;
    int written = function == WRITE_COIL ? 1 : query[4] << 8 | query[5];
    for (int n = address; n < address + written && n < OUTLETS; n++)
        printf("coil %d %d\n", n, map->tab_bits[n]);
}

/* Obey one line of standard input; return 0 at its end. */
static int obey(modbus_mapping_t *map)
{
    char text[80];
    int outlet, value;
    if (!fgets(text, sizeof text, stdin))
        return 0;
    if (sscanf(text, "set %d %d", &outlet, &value) == 2 && outlet >= 0 && outlet < OUTLETS) {
        counts[outlet] = value;
        printf("set %d %d\n", outlet, value);
    } else {
        printf("coils ");
        for (int n = 0; n < OUTLETS; n++)
            putchar(map->tab_bits[n] ? '1' : '0');
        putchar('\n');
    }
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0);
    modbus_t *line = modbus_new_rtu(argv[1], atoi(argv[2]), 'N', 8, 1);
    modbus_mapping_t *map = modbus_mapping_new(OUTLETS, 0, CURRENTS + OUTLETS, 0);
    if (!line || !map || modbus_set_slave(line, UNIT) < 0 || modbus_connect(line) < 0) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    for (int n = 0; n < OUTLETS; n++) {
        map->tab_bits[n] = 1;
        counts[n] = FIRST_COUNTS;
    }
    for (int n = 0; n < 60; n++)
        map->tab_registers[n] = TELEMETRY;
    printf("ready\n");
    struct pollfd ready[] = {{.fd = 0, .events = POLLIN}, {.fd = modbus_get_socket(line), .events = POLLIN}};
    while (poll(ready, 2, -1) > 0) {
        if (ready[1].revents)
            answer(line, map);
        if (ready[0].revents && !obey(map))
            break;
    }
    modbus_mapping_free(map);
    modbus_close(line);
    modbus_free(line);
    return 0;
}
