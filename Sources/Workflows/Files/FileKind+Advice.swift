/// What a command wants a file to be.
package enum FileRole {
  case model, array, profile, plan
}

extension FileKind {
  /// Whether a file of this kind may be what is wanted; its reader says what else is wrong with it.
  package func mayBe(_ role: FileRole) -> Bool {
    switch (role, self) {
    case (.model, .tflite), (.array, .npy), (.array, .npz): true
    // The readers of profiles and plans say more.
    case (.profile, .json), (.profile, .text), (.profile, .empty): true
    case (.plan, .json), (.plan, .text), (.plan, .empty): true
    default: false
    }
  }

  /// What the file is, and what to do where something else is wanted.
  package func refusal(as role: FileRole) -> String { "this is \(name); \(advice(role) ?? Self.wanted(role))" }

  private var name: String {
    switch self {
    case .tflite: "a TensorFlow Lite model"
    case .npy: "an array (.npy)"
    case .npz: "an archive of arrays (.npz)"
    case .json: "JSON"
    case .onnx: "an ONNX model"
    case .keras3: "a Keras model (.keras)"
    case .hdf5: "an HDF5 file, such as a Keras model (.h5)"
    case .savedModel: "the graph of a TensorFlow SavedModel (saved_model.pb)"
    case .graphDef: "a TensorFlow graph (.pb)"
    case .pyTorch: "a PyTorch file (.pt, .pth)"
    case .gguf: "a GGUF file, the weights of a language model"
    case .safetensors: "a safetensors file, weights without a graph"
    case .espDL: "an ESP-DL model"
    case .pickle: "a Python pickle"
    case .image(let format): "a \(format) image"
    case .matlab: "a MATLAB file"
    case .zip(let name): name.map { "a ZIP archive that holds \($0)" } ?? "a ZIP archive"
    case .compressed(let format): "compressed or packed with \(format)"
    case .gitPointer: "a pointer of Git LFS, not the file that it stands for"
    case .webPage: "a web page, perhaps saved by a download that failed"
    case .text: "text"
    case .empty: "an empty file"
    }
  }

  private static func wanted(_ role: FileRole) -> String {
    switch role {
    case .model: "a model is a .tflite file, quantized to 8 or 16 bits"
    case .array: "data are .npy or .npz files: write them with numpy.save or numpy.savez"
    case .profile: "a profile is JSON; bitexact profile show tflite prints one"
    case .plan: "a plan is JSON that requantize --plan wrote"
    }
  }

  /// What to do with the file; `nil` where only what is wanted can be said.
  private func advice(_ role: FileRole) -> String? {
    switch (self, role) {
    case (.gitPointer, _): "fetch the file with git lfs pull"
    case (.webPage, _): "fetch the file again"
    case (.compressed, _): "unpack it first"
    case (.zip(holding: .some), .model): "unpack it first"
    case (.onnx, .model): "convert it to a quantized .tflite file, for example with onnx2tf"
    case (.keras3, .model), (.hdf5, .model):
      "convert it to a quantized .tflite file with tf.lite.TFLiteConverter.from_keras_model"
    case (.savedModel, .model):
      "convert its folder to a quantized .tflite file with tf.lite.TFLiteConverter.from_saved_model"
    case (.graphDef, .model):
      "convert it to a quantized .tflite file with tf.compat.v1.lite.TFLiteConverter.from_frozen_graph"
    case (.pyTorch, .model): "export the model to a quantized .tflite file, for example with litert-torch"
    case (.npy, .model), (.npz, .model): "name the .tflite file first, and give data with --inputs or the like"
    case (.json, .model): "name the .tflite file; a profile is given with --profile"
    case (.tflite, .array): "give data: .npy or .npz files, written with numpy.save or numpy.savez"
    case (.image, .array): "decode it, and write the pixels with numpy.save as [N, height, width, channels]"
    case (.pyTorch, .array), (.pickle, .array): "load it in Python, and write the array with numpy.save"
    case (.hdf5, .array), (.matlab, .array), (.safetensors, .array):
      "load the array in Python, and write it with numpy.save"
    case (.tflite, .profile): "a model that was re-quantized carries its profile: leave the option away to use it"
    default: nil
    }
  }
}
