"""Writes a program of expressions over the numeric modules and `datetime`, from a seed: `numbers_program.py SEED`."""
import random
import sys

random.seed(int(sys.argv[1]))
out=["from decimal import Decimal, Context","from fractions import Fraction","import statistics","from datetime import datetime, date, timedelta, timezone","import math",'''
def o(s, f):
    try:
        return s + " -> " + repr(f())
    except Exception as e:
        return s + " !! " + type(e).__name__ + " " + str(e)
''']
def d():
    k=random.random()
    n=random.choice([1,3,10,28,29,35])
    c=str(random.randrange(10**n))
    if random.random()<.2: c=c[0]+"0"*(len(c)-1)
    e=random.choice([0,0,-2,-5,3,-28,30,random.randrange(-40,40)])
    s=random.choice(["","-"])
    if k<.04: return f"Decimal('{random.choice(['NaN','Inf','-Inf','sNaN','0','-0','0E+5','1','10','1.0'])}')"
    return f"Decimal('{s}{c}E{e}')"
lines=[]
for _ in range(500):
    op=random.choice(["+","-","*","/","//","%","<","==","divmod","cmp"])
    a,b=d(),d()
    lines.append(f"divmod({a}, {b})" if op=="divmod" else f"{a}.compare_total({b}), {a}.compare({b})" if op=="cmp" else f"{a} {op} {b}")
for _ in range(250):
    f=random.choice(["sqrt","exp","ln","log10","normalize","next_plus","next_minus","to_integral_value","to_eng_string","as_tuple","logb","number_class","is_normal"])
    a=d()
    if f=="exp": a=f"Decimal('{random.choice(['','-'])}{random.randrange(10**6)}E{random.randrange(-12,0)}')"
    lines.append(f"{a}.{f}()")
for _ in range(250):
    ctx=f"Context(prec={random.choice([1,2,3,5,9,16,50])}, rounding='{random.choice(['ROUND_UP','ROUND_DOWN','ROUND_CEILING','ROUND_FLOOR','ROUND_HALF_UP','ROUND_HALF_DOWN','ROUND_HALF_EVEN','ROUND_05UP'])}', Emin={random.choice([-999,-10,-3])}, Emax={random.choice([999,10,3])}, clamp={random.choice([0,0,1])})"
    a,b=d(),d()
    f=random.choice(["add","subtract","multiply","divide","plus","quantize","remainder_near","fma","power","sqrt","scaleb","max","min","max_mag","next_toward","ln","exp","log10","compare","normalize","to_sci_string","create_decimal","remainder","divide_int","next_plus","next_minus","to_integral_exact","logb"])
    if f=="power": a=f"Decimal('{random.randrange(1,10000)}E{random.randrange(-5,2)}')"; b=f"Decimal('{random.choice([-3,-2,2,3,5,7,20,0.5,1.25,-0.3])}')"
    if f in("exp",): a=f"Decimal('{random.choice(['','-'])}{random.randrange(10**6)}E{random.randrange(-12,-3)}')"
    if f=="scaleb": b=f"Decimal({random.randrange(-9,9)})"
    args={"fma":f"{a}, {b}, {d()}"}.get(f, a if f in("plus","sqrt","ln","exp","log10","normalize","to_sci_string","create_decimal","next_plus","next_minus","to_integral_exact","logb") else f"{a}, {b}")
    lines.append(f"{ctx}.{f}({args})")
for _ in range(60):
    lines.append(f"Decimal('{random.randrange(1,100000)}E{random.randrange(-6,3)}') ** Decimal('{random.choice([random.randrange(-30,60), random.randrange(-500,500)/100])}')")
for _ in range(200):
    spec=random.choice(["","<","^","=","*>","-^"])+random.choice(["","+"," "])+random.choice(["","z"])+random.choice(["","12","20"])+random.choice(["",","])+random.choice(["",".0",".1",".3",".10"])+random.choice(["","e","E","f","g","G","%","F"])
    if random.random()<.2: spec="0"+str(random.randrange(5,25))+random.choice(["",","])+random.choice(["",".2"])+random.choice(["f","e","g",""])
    lines.append(f"format({d()}, {spec!r})")
for _ in range(60):
    lines.append(f"round({d()}, {random.randrange(-5,6)})")
    lines.append(f"float({d()}), {d()}.as_integer_ratio()")
    lines.append(f"Decimal({random.uniform(-1e3,1e3)!r}), {d()} < {random.uniform(-1e3,1e3)!r}")
def fr(): return f"Fraction({random.randrange(-50,50)}, {random.randrange(0,40) or 1})"
for _ in range(120):
    op=random.choice("+ - * / // % < <= == **".split())
    b=random.choice([fr(),fr(),str(random.randrange(-5,6)),repr(random.uniform(-3,3))])
    lines.append(f"{fr()} {op} {b}")
    lines.append(f"round({fr()}, {random.randrange(-3,4)}), divmod({fr()}, {fr()}), {fr()}.limit_denominator({random.randrange(1,30)})")
for s in ["1/3"," 2 ","1_0/2_0","1__0","1/","/2",".5","5.","1e5","1e","1.5e-3","-.5e+2","+ 1","1.d","1.dd5","٣/٤","1/2e3","1.5/2","1e1_0","e5","_1","1_","1._5","inf","nan","0x1","- 1"]:
    lines.append(f"Fraction({s!r})")
def data(k,n):
    if k=="i": return str([random.randrange(-20,20) for _ in range(n)])
    if k=="f": return str([random.choice([random.uniform(-5,5),random.uniform(-1e10,1e10),round(random.random(),2)]) for _ in range(n)])
    if k=="q": return "["+", ".join(fr() for _ in range(n))+"]"
    if k=="d": return "["+", ".join(f"Decimal('{random.randrange(-999,999)/100}')" for _ in range(n))+"]"
    return str([random.choice([1,2.5,True,3]) for _ in range(n)])
for _ in range(300):
    k=random.choice("ifqdm"); n=random.choice([0,1,2,3,5,10])
    f=random.choice("mean median median_low median_high mode multimode stdev pstdev variance pvariance quantiles fmean harmonic_mean geometric_mean median_grouped".split())
    lines.append(f"statistics.{f}({data(k,n)})")
for _ in range(60):
    n=random.choice([1,2,3,6]); k=random.choice("if")
    f=random.choice(["covariance","correlation","linear_regression"])
    lines.append(f"statistics.{f}({data(k,n)}, {data(k,n)})")
    lines.append(f"statistics.NormalDist({random.uniform(-5,5)}, {random.uniform(0,3)}).inv_cdf({random.choice([random.random(),1e-9,1-1e-12,.5])}), statistics.NormalDist(1,2).cdf({random.uniform(-5,5)}), statistics.NormalDist(1,2).pdf({random.uniform(-5,5)}), statistics.NormalDist(1,2).overlap(statistics.NormalDist({random.uniform(-5,5)}, {random.uniform(0.1,3)}))")
lines += ["statistics.mean([1, 'a'])","statistics.mean(['a'])","statistics.mean([Decimal(1), 1.5])","statistics.mean([Fraction(1,2), 1.5])","statistics.mean([float('inf'), 1])","statistics.mean([float('inf'), float('-inf')])","statistics.variance([float('inf'), 1.0])","statistics.stdev([float('inf'), 1.0])","statistics.mean([Decimal('NaN'), 1])","statistics.fmean(['a'])","statistics.fmean([1,2],[1])","statistics.fmean([1,2],[0,0])","statistics.fmean(iter([1,2]),iter([3,4]))","statistics.quantiles([1,2,3], method='x')","statistics.variance([1,2,3], 2)","statistics.mean([True, True])","statistics.harmonic_mean([1,2],[1])","statistics.harmonic_mean([1,-2])","statistics.harmonic_mean([0,1])","statistics.harmonic_mean([1,2],[3,4])","statistics.harmonic_mean(['a'])","statistics.NormalDist(1,-1)","statistics.NormalDist(1,2)+3","statistics.NormalDist(1,2)+statistics.NormalDist(2,3)","3-statistics.NormalDist(1,2)","statistics.NormalDist.from_samples([1,2,4])","statistics.NormalDist(0,1).quantiles(3)","statistics.NormalDist(0,1)==statistics.NormalDist(0,1.0)","statistics.mode(5)","statistics.median(['a','b'])"]
def td(): return f"timedelta(days={random.choice([0,random.randrange(-400,400)])}, seconds={random.randrange(-10**5,10**5)}, microseconds={random.choice([0,random.randrange(10**6)])})"
def dtz():
    while True:
        x=dt()
        if "tzinfo" in x: return x
def dt(tz=True):
    z=random.choice(["","",", tzinfo=timezone.utc",f", tzinfo=timezone(timedelta(minutes={random.randrange(-1439,1440)}))"]) if tz else ""
    return f"datetime({random.choice([1,4,1900,1970,1999,2000,2024,9999,random.randrange(1,10000)])}, {random.randrange(1,13)}, {random.randrange(1,30)}, {random.randrange(24)}, {random.randrange(60)}, {random.randrange(60)}, {random.choice([0,random.randrange(10**6)])}{z})"
for _ in range(250):
    k=random.randrange(9)
    lines.append([f"{dt()} + {td()}",f"{dt()} - {dt()}",f"{dt()} < {dt()}, {dt()} == {dt()}",f"{dt()}.isocalendar(), {dt()}.weekday(), {dt()}.timetuple()",f"str({dt()}), repr({dt()}), {dt()}.ctime()",f"{td()} * {random.choice([random.randrange(-9,9),random.uniform(-3,3)])!r}, {td()} / {random.uniform(.1,5)!r}, {td()} / {td()}, {td()} // {td()}, {td()} % {td()}",f"{dt()}.strftime('%a %A %b %B %c %d %D %e %F %g %G %H %I %j %m %M %p %S %u %U %V %w %W %x %X %y %Y %z %Z %f')",f"{dtz()}.astimezone(timezone(timedelta(hours={random.randrange(-23,24)})))",f"datetime.fromisoformat({dt()}.isoformat()), str({td()}), {dt()}.toordinal()"][k].replace("datetime(","datetime("))
for a,f in [("12/31/99 23:59:59","%x %X"),("Tue Jan  2 03:04:05 2024","%c"),("2024 53 0","%Y %U %w"),("2024 01 Monday","%Y %W %A"),("2024 W05 3","%G W%V %u"),("366 2024","%j %Y"),("99","%y"),("68","%y"),("12 AM","%I %p"),("11 pm","%I %p"),("20240131","%Y%m%d"),("1112024","%d%m%Y"),("29 Feb","%d %b"),("x%","x%%"),("1.5","%S.%f"),("2024","%Y %z"),("+05:30:10.5","%z"),("+0530:10","%z"),("Z","%z"),("GMT +01","%Z %z"),("GMT +0100","%Z %z"),(" 5","%d"),("a b","a\tb"),("2024-1","%G-%V"),("5","%V"),("1 2024","%j %G"),("00:61","%H:%S"),("a","%."),("MONDAY","%A"),("13","%I"),("2024 0 Mon","%Y %W %a")]:
    lines.append(f"datetime.strptime({a!r}, {f!r})")
for t in ["2024-02-30","2024-1-1","20240230","2024-W53-7","2020W537","2024-01-01T1","2024-01-01T12:3","2024-01-01T12:30:45.","2024-01-01T123045.5","2024-01-01T12:30+1","2024-01-01T12:30+01","2024-01-01T12:30:00+01:30:20.5","2024-01-01T12:30Zx","2024-01-01 12-05:00","2024-01-01T12:30:45:10","2024W011T10","2024-W01T10","2024-W01-1T10","2024-01-01T-05:00","99999-01-01","2024-01-01é10","2024-01-01T12:","2024-01-01T12:+01:00","2024-001"]:
    lines.append(f"datetime.fromisoformat({t!r})"); lines.append(f"date.fromisoformat({t!r})")
for l in lines: out.append(f"print(o({l!r}, lambda: ({l})))")
print("\n".join(out))
