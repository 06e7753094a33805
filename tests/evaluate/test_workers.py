"""Spawned processes: how many there are changes no number."""

from wm_zoo.evaluate import evaluate_agent


def test_workers_change_nothing(agent_folder, agent):
    seeds = [11, 5, 7, 2]
    told = []
    spawned = evaluate_agent(
        agent_folder, "CarRacing-v3", seeds=seeds, max_episode_steps=4, workers=2, progress=lambda *a: told.append(a)
    )
    here = evaluate_agent(agent, "CarRacing-v3", seeds=seeds, max_episode_steps=4)
    assert spawned.returns == here.returns
    assert spawned.seeds == tuple(seeds)
    assert told[-1][:2] == (4, 4)
