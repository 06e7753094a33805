target_sources(wm_core PRIVATE
)
