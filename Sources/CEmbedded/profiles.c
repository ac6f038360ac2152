#include "CEmbedded.h"

// A built-in profile is one file of hwprofiles/ and one array and row here; a test holds that none is missing.

static const unsigned char cmsis_nn[] = {
#embed "../../hwprofiles/cmsis-nn.json"
};

static const unsigned char esp32_p4[] = {
#embed "../../hwprofiles/esp32-p4.json"
};

static const unsigned char esp32_s3[] = {
#embed "../../hwprofiles/esp32-s3.json"
};

static const unsigned char ethos_u[] = {
#embed "../../hwprofiles/ethos-u.json"
};

static const unsigned char finn[] = {
#embed "../../hwprofiles/finn.json"
};

static const unsigned char gemmini[] = {
#embed "../../hwprofiles/gemmini.json"
};

static const unsigned char max78000[] = {
#embed "../../hwprofiles/max78000.json"
};

static const unsigned char nemo[] = {
#embed "../../hwprofiles/nemo.json"
};

static const unsigned char nna_int16[] = {
#embed "../../hwprofiles/nna-int16.json"
};

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

static const unsigned char nvdla[] = {
#embed "../../hwprofiles/nvdla.json"
};

static const unsigned char tflite[] = {
#embed "../../hwprofiles/tflite.json"
};

static const unsigned char tflite_single_rounding[] = {
#embed "../../hwprofiles/tflite-single-rounding.json"
};

static const unsigned char tosa[] = {
#embed "../../hwprofiles/tosa.json"
};

static const unsigned char tosa_double_rounding[] = {
#embed "../../hwprofiles/tosa-double-rounding.json"
};

static const unsigned char vitis_dpu[] = {
#embed "../../hwprofiles/vitis-dpu.json"
};

static const unsigned char vta[] = {
#embed "../../hwprofiles/vta.json"
};

static const unsigned char xnnpack[] = {
#embed "../../hwprofiles/xnnpack.json"
};

static const struct bitexact_embedded_file bitexact_embedded_profiles[] = {
    {"cmsis-nn.json", cmsis_nn, sizeof cmsis_nn},
    {"esp32-p4.json", esp32_p4, sizeof esp32_p4},
    {"esp32-s3.json", esp32_s3, sizeof esp32_s3},
    {"ethos-u.json", ethos_u, sizeof ethos_u},
    {"finn.json", finn, sizeof finn},
    {"gemmini.json", gemmini, sizeof gemmini},
    {"max78000.json", max78000, sizeof max78000},
    {"nemo.json", nemo, sizeof nemo},
    {"nna-int16.json", nna_int16, sizeof nna_int16},
    {"nna-int8.json", nna_int8, sizeof nna_int8},
    {"nna-int8-pow2.json", nna_int8_pow2, sizeof nna_int8_pow2},
    {"nna-int8-shift.json", nna_int8_shift, sizeof nna_int8_shift},
    {"nna-w4a8-pow2.json", nna_w4a8_pow2, sizeof nna_w4a8_pow2},
    {"nvdla.json", nvdla, sizeof nvdla},
    {"tflite.json", tflite, sizeof tflite},
    {"tflite-single-rounding.json", tflite_single_rounding, sizeof tflite_single_rounding},
    {"tosa.json", tosa, sizeof tosa},
    {"tosa-double-rounding.json", tosa_double_rounding, sizeof tosa_double_rounding},
    {"vitis-dpu.json", vitis_dpu, sizeof vitis_dpu},
    {"vta.json", vta, sizeof vta},
    {"xnnpack.json", xnnpack, sizeof xnnpack},
    {NULL, NULL, 0},
};

const struct bitexact_embedded_file *bitexact_embedded_profile_files(void) {
  return bitexact_embedded_profiles;
}
