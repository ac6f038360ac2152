/// What other tools, languages and papers call the words of a profile.
enum OtherNames {
  /// The allowed words that another name may stand for, in the order of the table; none where nobody uses it.
  ///
  /// Case and whatever is no letter or digit do not matter: `round-half-even`, `ROUND_HALF_EVEN` and `roundHalfEven` are
  /// one name. A name that means several things, as "half up" does, gives all that are allowed.
  static func meanings(of name: String, among allowed: [String]) -> [String] {
    let plain = plain(name)
    var found: [String] = []
    for row in table where row.names.contains(plain) {
      found += row.words.filter { allowed.contains($0) && !found.contains($0) }
    }
    return found
  }

  private static func plain(_ name: String) -> String {
    String(name.prefix(64).lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) })
  }

  /// Names in plain form, and the words that they may stand for.
  private static let table: [(names: Set<String>, words: [String])] = [
    // Roundings.
    (
      ["nearest", "tonearest", "roundtonearest", "roundnearest", "round", "rounding", "rtn"],
      ["tiesAwayFromZero", "tiesToEven", "tiesTowardPositive", "awayFromZeroThenZeroPoint", "zeroPointThenToEven"]
    ),
    (
      ["halfup", "roundhalfup", "rhu", "nearesttiesup", "roundup", "rnu"],
      ["tiesTowardPositive", "tiesAwayFromZero"]
    ),
    (
      [
        "halfeven", "roundhalfeven", "rhe", "bankers", "banker", "bankersrounding", "convergent", "conv", "rne", "even",
        "nearesteven", "nearesttieseven", "roundtonearesteven", "roundeven", "rint", "unbiased", "toeven", "py3round",
      ],
      ["tiesToEven", "zeroPointThenToEven"]
    ),
    (
      [
        "halfaway", "halfawayfromzero", "roundhalfaway", "roundhalfawayfromzero", "roundaway", "rna", "rha", "away",
        "nearestaway", "nearesttiesaway", "rmm",
      ],
      ["tiesAwayFromZero", "awayFromZeroThenZeroPoint"]
    ),
    (["halfdown", "roundhalfdown", "rhd"], ["tiesTowardNegative", "tiesTowardZero"]),
    (["halftowardszero", "halftowardzero", "roundhalftozero"], ["tiesTowardZero"]),
    (["halfodd", "roundhalfodd"], ["tiesToOdd"]),
    (
      ["down", "rounddown", "rdn", "rd", "towardnegative", "towardnegativeinfinity", "truncatedown", "none", "trn"],
      ["floor"]
    ),
    (["truncate", "truncation", "trunc"], ["towardZero", "floor", "wrap"]),
    (["zero", "rtz", "rz", "fix", "chop", "trnzero", "roundtozero"], ["towardZero"]),
    (["up", "ceil", "rup", "ru", "towardpositive", "towardpositiveinfinity"], ["ceiling", "tiesTowardPositive"]),
    (["jam", "jamming", "rod", "rto", "odd", "vonneumann", "sticky"], ["toOdd"]),
    (["dpu", "dpuround"], ["tiesTowardPositiveWhenNegativeElseToEven"]),
    // Registers.
    (["clamp", "clip", "clipping", "clamping", "sat", "satur", "saturating", "saturation", "bound"], ["saturate"]),
    (
      ["wraparound", "wrapping", "modulo", "modular", "mod", "twoscomplement", "overflow", "ignore"],
      ["wrap"]
    ),
    (["error", "fail", "exception", "abort", "panic", "check", "assert"], ["trap"]),
    (
      ["mac", "macs", "macc", "acc", "accu", "accum", "register", "psum", "partialsum", "adder", "dot"], ["accumulator"]
    ),
    (["width", "bitwidth", "nbits", "numbits", "precision", "size", "wordlength"], ["bits", "formats", "format"]),
    (["everyproduct", "each", "step", "always", "mac", "every"], ["product"]),
    (["final", "once", "last", "output"], ["end"]),
    (["hwc", "khkwc", "nhwc", "channellast", "channelslast"], ["heightWidthChannel"]),
    (["chw", "ckhkw", "nchw", "channelfirst", "channelsfirst"], ["channelHeightWidth"]),
    (["init", "initial", "start", "before", "preload"], ["first"]),
    (["after", "final"], ["last"]),
    // Formats and scales.
    (
      ["act", "acts", "activation", "inputs", "feature", "features", "featuremaps", "data", "tensors"], ["activations"]
    ),
    (["weight", "kernel", "kernels", "filter", "filters", "coefficients", "parameters"], ["weights"]),
    (["biases"], ["bias"]),
    (["format", "type", "types", "dtype", "dtypes", "datatype", "bits"], ["formats", "format"]),
    (["zp", "zeropoints", "symmetry", "symmetric", "offset", "offsets"], ["zeroPoint"]),
    (["symmetric", "sym", "zero", "false", "no"], ["none"]),
    (["asymmetric", "asym", "affine", "true", "yes"], ["any"]),
    (["pot", "pow2", "power2", "poweroftwo", "powersoftwo", "po2", "log2", "shift", "shifts"], ["powerOfTwo"]),
    (["float", "float32", "arbitrary", "any", "nonpot"], ["real"]),
    (["perchannel", "channelwise", "peraxis", "axis", "channels", "perfilter", "outputchannel"], ["channel"]),
    (["pertensor", "tensorwise", "layer", "perlayer", "layerwise", "tensors"], ["tensor"]),
    (["narrow", "restricted", "symmetricrange"], ["narrowRange"]),
    (["exceptions", "overrides", "override"], ["except"]),
    // Operators and who runs them.
    (["npu", "accelerator", "accel", "dsp", "hardware", "hw", "chip", "asic", "fpga", "tpu"], ["device"]),
    (["cpu", "software", "sw", "fallback", "processor"], ["host"]),
    (["ops", "op", "operations", "layers", "supportedops"], ["operators"]),
    (["requant", "requantization", "requantizer", "rescale", "rescaling", "outputstage", "scaling"], ["requantize"]),
    (["fused", "fuse", "fusedactivation", "activationfunctions"], ["fusedActivations"]),
    (["mul", "mult", "multiplication", "scale"], ["multiply", "multiplier"]),
    (["rshift", "rightshift", "shr", "asr", "shiftright"], ["shift"]),
    (["lshift", "shl", "shiftup"], ["shiftLeft", "leftShift"]),
    (["min", "smallest"], ["minimum"]),
    (["max", "largest"], ["maximum"]),
    (["limit", "constraints", "maxima"], ["limits"]),
    (["parent", "base", "inherits", "inherit", "from", "include"], ["extends"]),
    (["version", "schema"], ["schemaVersion"]),
    (["description", "about", "comment", "doc"], ["summary"]),
    (["source", "references", "evidence", "urls"], ["sources"]),
    (["title", "id"], ["name"]),
    (["relun1", "relun1to1", "hardtanh"], ["RELU_N1_TO_1"]),
    (["identity", "linear", "no", "noactivation"], ["NONE"]),
    // Other frameworks' operators.
    (["conv", "convolution", "conv2d", "qlinearconv"], ["CONV_2D"]),
    (["dwconv", "dwconv2d", "depthwise", "depthwiseconv", "depthwiseconvolution"], ["DEPTHWISE_CONV_2D"]),
    (["dense", "linear", "fc", "gemm", "fullyconnected", "innerproduct"], ["FULLY_CONNECTED"]),
    (["matmul", "bmm", "qlinearmatmul"], ["BATCH_MATMUL", "FULLY_CONNECTED"]),
    (["avgpool", "averagepool", "averagepooling", "avgpool2d", "globalaveragepool"], ["AVERAGE_POOL_2D", "MEAN"]),
    (["maxpool", "maxpooling", "maxpool2d"], ["MAX_POOL_2D"]),
    (["concat", "cat"], ["CONCATENATION"]),
    (["sigmoid"], ["LOGISTIC"]),
    (["deconv", "deconvolution", "convtranspose", "convtranspose2d", "transposedconv"], ["TRANSPOSE_CONV"]),
    (["lstm"], ["UNIDIRECTIONAL_SEQUENCE_LSTM"]),
    (["upsample", "interpolate", "resize"], ["RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"]),
    (["permute"], ["TRANSPOSE"]),
    (["flatten", "view"], ["RESHAPE"]),
    (["clip", "relu6"], ["RELU6"]),
    (["hardswish", "hswish"], ["HARD_SWISH"]),
    (["multiply", "product"], ["MUL"]),
    (["subtract", "minus"], ["SUB"]),
    (["plus", "eltwise", "elementwiseadd", "residual"], ["ADD"]),
  ]
}
