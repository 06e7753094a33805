"""What an agent is worth outside its dream: real returns, baselines, dream returns, open-loop error."""
