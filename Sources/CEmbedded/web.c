#include "CEmbedded.h"

static const unsigned char css[] = {
#embed "../Reports/Web/report.css"
};

static const unsigned char js[] = {
#embed "../Reports/Web/report.js"
};

static const struct bitexact_embedded_file bitexact_embedded_web[] = {
    {"report.css", css, sizeof css},
    {"report.js", js, sizeof js},
    {NULL, NULL, 0},
};

const struct bitexact_embedded_file *bitexact_embedded_web_files(void) { return bitexact_embedded_web; }
