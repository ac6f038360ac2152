#include "CEmbedded.h"

static const unsigned char demo_int8[] = {
#embed "../DemoModel/Resources/demo_int8.tflite"
};

static const unsigned char demo_uint8[] = {
#embed "../DemoModel/Resources/demo_uint8.tflite"
};

static const unsigned char demo_images[] = {
#embed "../DemoModel/Resources/demo_images.npy"
};

static const unsigned char demo_labels[] = {
#embed "../DemoModel/Resources/demo_labels.npy"
};

static const struct bitexact_embedded_file bitexact_embedded_demo[] = {
    {"demo_int8.tflite", demo_int8, sizeof demo_int8},
    {"demo_uint8.tflite", demo_uint8, sizeof demo_uint8},
    {"demo_images.npy", demo_images, sizeof demo_images},
    {"demo_labels.npy", demo_labels, sizeof demo_labels},
    {NULL, NULL, 0},
};

const struct bitexact_embedded_file *bitexact_embedded_demo_files(void) {
  return bitexact_embedded_demo;
}
