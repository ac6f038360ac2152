#ifndef CEMBEDDED_H
#define CEMBEDDED_H
#include <stddef.h>

/// A file that was compiled into the binary.
struct bitexact_embedded_file {
  /// The file's name without its folder.
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// The built-in hardware profiles, ended by a row whose name is null.
const struct bitexact_embedded_file *bitexact_embedded_profile_files(void);

/// The built-in model with its test images and labels, ended by a row whose name is null.
const struct bitexact_embedded_file *bitexact_embedded_demo_files(void);

/// The style sheet and the script of HTML reports, ended by a row whose name is null.
const struct bitexact_embedded_file *bitexact_embedded_web_files(void);

#endif
