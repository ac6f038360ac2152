#include "CEmbedded.h"

// A built-in profile is one file of hwprofiles/ and one array and row here; a test holds that none is missing.

static const unsigned char nna_int8[] = {
#embed "../../hwprofiles/nna-int8.json"
};

static const unsigned char nna_int8_pow2[] = {
#embed "../../hwprofiles/nna-int8-pow2.json"
};

static const unsigned char nna_int8_shift[] = {
#embed "../../hwprofiles/nna-int8-shift.json"
};

static const unsigned char nna_w4a8_pow2[] = {
#embed "../../hwprofiles/nna-w4a8-pow2.json"
};

static const unsigned char tflite[] = {
#embed "../../hwprofiles/tflite.json"
};

static const unsigned char xnnpack[] = {
#embed "../../hwprofiles/xnnpack.json"
};

static const struct bitexact_embedded_file bitexact_embedded_profiles[] = {
    {"nna-int8.json", nna_int8, sizeof nna_int8},
    {"nna-int8-pow2.json", nna_int8_pow2, sizeof nna_int8_pow2},
    {"nna-int8-shift.json", nna_int8_shift, sizeof nna_int8_shift},
    {"nna-w4a8-pow2.json", nna_w4a8_pow2, sizeof nna_w4a8_pow2},
    {"tflite.json", tflite, sizeof tflite},
    {"xnnpack.json", xnnpack, sizeof xnnpack},
    {NULL, NULL, 0},
};

const struct bitexact_embedded_file *bitexact_embedded_profile_files(void) {
  return bitexact_embedded_profiles;
}
