target_sources(wm_core PRIVATE
  src/dream/batch.cpp
  src/dream/cpu.cpp
  src/dream/lane_noise.cpp
  src/dream/mixture.cpp
  src/dream/packed.cpp
  src/dream/row_kernels.cpp
  src/dream/row_network.cpp
)
# A square root that need not set errno can be a vector instruction.
set_source_files_properties(src/dream/lane_noise.cpp PROPERTIES COMPILE_OPTIONS -fno-math-errno)
