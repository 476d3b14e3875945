"""Prints the events of a folder as TensorBoard reads them: event tag step value, a line each."""
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1])
events.Reload()
for tag in sorted(events.Tags()["scalars"]):
    for event in events.Scalars(tag):
        print("event", tag, event.step, f"{event.value:.6g}")
