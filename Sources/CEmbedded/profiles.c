#include "CEmbedded.h"

const struct bitexact_embedded_file bitexact_embedded_profiles[] = {
    {NULL, NULL, 0},
};
