"""Measures one case. Each case has its own process, so that peak memory is measured for it alone.

Usage: python -m benchmarks.worker '{"case": {…}, "effort": {…}, "threads": 2, "device": "cpu", "precision": "float32"}'
prints the measurement as JSON.
"""

import json
import statistics
import sys
from datetime import UTC, datetime
from functools import partial

import torch
from pydantic import TypeAdapter

from benchmarks.bound import bare_products
from benchmarks.cases import Case, Effort
from benchmarks.measurement import Measurement
from benchmarks.subjects import prepare
from benchmarks.timing import Neighbours, milliseconds
from benchmarks.traffic import copy_bandwidth
from erac_vaml.errors import UserError
from erac_vaml.kernels.allocator import keep_freed_memory
from erac_vaml.operations.work.product import operations
from erac_vaml.runs.device import choose_device, choose_precision
from erac_vaml.runs.origin import describe_execution


def main() -> None:
    """Measure the case that the argument describes."""
    keep_freed_memory()
    request = json.loads(sys.argv[1])
    torch.set_num_threads(request["threads"])
    try:
        device = choose_device(request["device"])
        choose_precision(request["precision"], device)
    except UserError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        sys.exit(2)
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)
    case = TypeAdapter(Case).validate_python(request["case"])
    measured = measure(case, Effort(**request["effort"]), device)
    print(json.dumps(measured.to_json()))


def measure(case: Case, effort: Effort, device: torch.device) -> Measurement:
    """Measure a case: first its steps, then, in the same process, the bare products of these steps."""
    started = datetime.now(UTC)
    subject = prepare(case, device)
    neighbours = Neighbours()
    for index in range(effort.warm_up):
        subject.step(index)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    indices = range(effort.warm_up, effort.warm_up + effort.repetitions)
    times = [milliseconds(partial(subject.step, index), device) for index in indices]
    execution = describe_execution(device, started)  # Here, because the bare products take memory too.
    work = subject.work(indices)
    products = bare_products(work.products, device, effort.product_repetitions)
    neighbours_share = neighbours.share()
    products_ms = sum(line.ms for line in products)
    on_gpu = device.type == "cuda"
    moved_ms = 1e3 * work.moved_bytes / copy_bandwidth(device)
    # A CPU moves bytes while it computes, at a rate that depends on its caches: there the products alone are the bound.
    bound_ms = max(products_ms, moved_ms) if on_gpu else products_ms
    return Measurement(
        case=case,
        sentences=work.sentences,
        target_tokens=work.target_tokens,
        decoded_length=None if work.decoded is None else work.decoded.tokens / len(work.decoded.lengths),
        ms=statistics.median(times),
        min_ms=min(times),
        max_ms=max(times),
        peak_memory_bytes=execution["peak_memory_bytes"],
        operations=operations(work.products),
        products_ms=products_ms,
        products_torch_mm_ms=sum(line.torch_mm_ms for line in products),
        moved_bytes=work.moved_bytes,
        moved_ms=moved_ms,
        bound_ms=bound_ms if products else None,
        products=tuple(products),
        neighbours_share=neighbours_share,
        on_gpu=on_gpu,
        execution=execution,
    )


if __name__ == "__main__":
    main()
