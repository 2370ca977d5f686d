"""The picture of a comparison: who gets more and who gets less, and who waits why."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

COLOURS = ["#c2571a", "#1f6f8b"]
MOST = 30


def draw(sides, path):
    """Draws both sides into a file, of the kind that its ending names."""
    agents = sorted(set().union(*(side.got for side in sides)), key=lambda agent: change(sides, agent))
    shown = agents if len(agents) <= MOST else sorted(sorted(agents, key=lambda agent: -abs(change(sides, agent)))[:MOST], key=agents.index)
    groups = sorted(set().union(*(side.waited for side in sides)))
    rows = max(len(shown), 2 * len(groups), 8)
    style = {"font.family": "DejaVu Sans", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True}
    with pyplot.rc_context(style):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(10.5, 1.6 + 0.19 * rows), width_ratios=[3, 2], layout="constrained")
        dumbbells(left, sides, shown)
        left.set_title("conversations that each agent got" + (f", the {MOST} of {len(agents)} that change most" if shown != agents else ""), loc="left")
        bars(right, sides, groups)
        right.set_title("conversations that waited at least once", loc="left")
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False, fontsize=10)
        figure.savefig(path, dpi=90)
        pyplot.close(figure)


def change(sides, agent):
    one, other = (side.got[agent] for side in sides)
    return other - one


def dumbbells(axes, sides, agents):
    places = range(len(agents))
    one, other = ([side.got[agent] for agent in agents] for side in sides)
    axes.hlines(places, one, other, color="#b8b8b8", linewidth=2.5, zorder=1)
    # A larger dot below a smaller one: both are seen where nothing changes.
    for numbers, side, colour, size in zip((one, other), sides, COLOURS, (52, 22)):
        axes.scatter(numbers, places, size, color=colour, label=side.rule, zorder=2)
    axes.set_yticks(places, [f"agent {agent}" for agent in agents])
    axes.set_ylim(-0.8, len(agents) - 0.2)
    axes.set_xlim(left=0)
    axes.set_xlabel("conversations")
    axes.grid(axis="x", color="#e4e4e4")
    axes.tick_params(axis="y", length=0)


def bars(axes, sides, groups):
    for i, (side, colour) in enumerate(zip(sides, COLOURS)):
        numbers = [len(side.waited.get(group, ())) for group in groups]
        drawn = axes.barh([place + (i - 0.5) * 0.36 for place in range(len(groups))], numbers, 0.32, color=colour)
        axes.bar_label(drawn, padding=3, fontsize=8)
    axes.set_yticks(range(len(groups)), [f"team {team}\n{why.replace('_', ' ')}" for team, why in groups])
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlabel("conversations")
    axes.grid(axis="x", color="#e4e4e4")
    axes.tick_params(axis="y", length=0)
