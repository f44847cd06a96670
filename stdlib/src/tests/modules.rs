//! The modules, against `python3`: wrong arguments first, then what they do.

use super::check;

#[test]
fn wrong_arguments_of_operator() {
    check(
        r#"
        operator.add(1)
        operator.neg()
        operator.neg(1,2)
        operator.add(1,b=2)
        operator.contains(1)
        operator.countOf(5,1)
        operator.indexOf([1],2)
        operator.indexOf(5,2)
        operator.itemgetter()
        operator.itemgetter(x=1)
        operator.itemgetter(1)()
        operator.itemgetter(1)(1,2)
        operator.itemgetter(1)
        operator.itemgetter(1,'a')
        operator.attrgetter()
        operator.attrgetter(5)
        operator.attrgetter('a.b')
        operator.attrgetter('real.imag')(5)
        operator.attrgetter('real','imag')(5)
        operator.attrgetter('x')(5)
        operator.methodcaller()
        operator.methodcaller(5)
        operator.methodcaller('split',',',maxsplit=1)
        operator.methodcaller('split',',',maxsplit=1)('a,b,c')
        operator.methodcaller('nope')('a')
        operator.concat(1,2)
        operator.concat([1],2)
        operator.concat([1],(2,))
        operator.length_hint([1,2])
        operator.length_hint(5)
        operator.length_hint(iter([1,2]))
        operator.truth([])
        operator.is_(None,None)
        operator.index(1.5)
        operator.call(len,[1])
        operator.pow(2,3)
        operator.not_(1,2)
        operator.add
        operator.abs(-1)
        operator.getitem([1],0)
        operator.iadd(1,2)
        ! operator.iconcat([1],[2])
        operator.matmul(1,2)
        operator.inv(5)
        operator.itemgetter
        "#,
    );
}

#[test]
fn wrong_arguments_of_functools() {
    check(
        r#"
        functools.partial()
        functools.partial(5)
        functools.partial(max,5)
        functools.partial(max,key=len)
        functools.partial(functools.partial(max,1),2)
        functools.partial(max,5).nope
        functools.partial(max).keywords
        functools.reduce()
        functools.reduce(1)
        functools.reduce(max,5)
        functools.reduce(max,[])
        functools.reduce(max,[],1,2)
        functools.reduce(max,[1],x=2)
        functools.reduce(5,[1,2])
        functools.cmp_to_key()
        ! functools.cmp_to_key(5)
        functools.cmp_to_key(lambda a,b:0)(1) < 5
        ! functools.cmp_to_key(mycmp=len)
        functools.cmp_to_key(lambda a,b:a-b)(1).obj
        functools.cmp_to_key(lambda a,b:a-b)(1) == functools.cmp_to_key(lambda a,b:a-b)(1)
        functools.lru_cache('a')
        functools.lru_cache(5)(6)
        functools.lru_cache(maxsize=2,typed=True)(abs)(-1)
        functools.cache(abs)([1])
        functools.cache(5)
        functools.cache()
        functools.cache(abs)(1,2)
        functools.cache(abs).cache_parameters()
        functools.partial
        functools.reduce
        functools.cmp_to_key
        "#,
    );
}

#[test]
fn wrong_arguments_of_itertools() {
    check(
        r#"
        ! itertools.chain(5)
        itertools.chain(x=1)
        itertools.chain.from_iterable()
        itertools.chain.from_iterable(5)
        itertools.count('a')
        itertools.count(1,2,3)
        itertools.count(x=1)
        itertools.count(1,'a')
        itertools.count(start=5,step=2)
        itertools.count()
        itertools.repeat()
        itertools.repeat(1,'a')
        itertools.repeat('x',3)
        itertools.repeat('x')
        itertools.repeat(object=1,times=2)
        itertools.repeat(1,x=2)
        itertools.repeat(1,2,3)
        itertools.repeat(1,-3)
        itertools.cycle()
        itertools.cycle(5)
        itertools.cycle(x=1)
        itertools.accumulate()
        itertools.accumulate(5)
        itertools.accumulate([1],None,5)
        itertools.accumulate([1],x=1)
        itertools.takewhile()
        itertools.takewhile(len)
        itertools.takewhile(len,5)
        itertools.takewhile(x=1)
        itertools.dropwhile(1)
        itertools.filterfalse(1)
        itertools.filterfalse(None,5)
        itertools.starmap(1)
        itertools.starmap(len,5)
        itertools.compress()
        itertools.compress([1])
        itertools.compress([1],5)
        itertools.pairwise()
        itertools.pairwise(5)
        itertools.pairwise(1,2)
        itertools.product(5)
        itertools.product([1],repeat=-1)
        itertools.product([1],repeat='a')
        itertools.product([1],x=2)
        itertools.permutations()
        itertools.permutations(5)
        itertools.permutations([1],-1)
        itertools.permutations([1],'a')
        itertools.permutations([1],1.5)
        itertools.permutations([1],x=1)
        ! itertools.permutations(iterable=[1],r=None)
        itertools.combinations()
        itertools.combinations([1])
        itertools.combinations([1],-1)
        itertools.combinations([1],'a')
        ! itertools.combinations(iterable=[1],r=1)
        itertools.combinations_with_replacement([1],-1)
        itertools.islice()
        itertools.islice([1])
        itertools.islice([1],-1)
        itertools.islice([1],'a')
        itertools.islice([1],0,-1)
        itertools.islice([1],-1,2)
        itertools.islice([1],0,5,0)
        itertools.islice([1],0,5,-1)
        itertools.islice([1],0,5,'a')
        itertools.islice([1],1,2,3,4)
        itertools.islice(5,1)
        itertools.islice([1],x=1)
        itertools.tee([1],-1)
        itertools.tee(5)
        itertools.tee([1],'a')
        itertools.tee()
        itertools.zip_longest(5)
        itertools.zip_longest([1],x=2)
        itertools.groupby()
        itertools.groupby(5)
        itertools.groupby([1],x=1)
        itertools.chain
        list(itertools.chain(5))
        list(itertools.chain.from_iterable([5]))
        list(itertools.accumulate([1,2],initial=None))
        list(itertools.accumulate(iterable=[1,2],func=max))
        list(itertools.accumulate([1,2],5))
        list(itertools.starmap(len,[5]))
        list(itertools.starmap(5,[()]))
        list(itertools.compress(data=[1,2],selectors=[0,1]))
        list(itertools.product([1,2],repeat=0))
        list(itertools.combinations_with_replacement([],0))
        list(itertools.combinations_with_replacement([],1))
        list(itertools.islice([1,2,3],None))
        list(itertools.islice([1,2,3],1,None))
        list(itertools.islice([1,2,3],None,None,2))
        list(itertools.islice([1,2,3],True))
        list(itertools.zip_longest([1],[2,3],fillvalue=0))
        list(itertools.groupby([1],5))
        len(itertools.tee([1],3))
        "#,
    );
}

#[test]
fn wrong_arguments_of_heapq() {
    check(
        r#"
        heapq.nlargest()
        heapq.nlargest(1)
        heapq.nlargest('a',[1])
        heapq.nlargest(2,5)
        heapq.nlargest(1.5,[1,2,3])
        heapq.nlargest(-1,[1])
        heapq.nsmallest(1,[])
        heapq.nsmallest(2,[1,'a',2])
        heapq.nsmallest(2,iter([1,'a',2]))
        heapq.nlargest(2,iter([1,'a',2]))
        heapq.nlargest(1,[1,'a'])
        heapq.merge([1],x=1)
        list(heapq.merge(5))
        list(heapq.merge([1],['a'],reverse=True))
        list(heapq.merge([1,5],['a'],[2]))
        "#,
    );
}

#[test]
fn wrong_arguments_of_bisect() {
    check(
        r#"
        bisect.bisect()
        bisect.bisect([1])
        bisect.bisect([1,2],1,-1)
        bisect.bisect([1,2],1,0,9)
        bisect.bisect([1,2],'a')
        bisect.bisect_left([1,2],'a')
        bisect.bisect_left(5,1)
        bisect.bisect_left({1:2},1)
        bisect.bisect_left([1],1,x=1)
        bisect.bisect_left([1],1,'a')
        bisect.bisect_left([1,2,3],2,hi=None)
        bisect.bisect_left([1,2,3],key=None,x=2)
        bisect.bisect_left(a=[1,2,3],x=5,lo=1,hi=2)
        "#,
    );
}

#[test]
fn wrong_arguments_of_collections() {
    check(
        r#"
        collections.Counter(1,2)
        collections.Counter(5)
        collections.Counter([[]])
        collections.Counter(None)
        collections.Counter('aab').most_common(1)
        collections.Counter('aab').most_common(-1)
        collections.Counter('ab').total(1)
        collections.Counter.fromkeys('ab')
        collections.Counter('a')|{'b':1}
        collections.Counter('a')+{'b':1}
        collections.Counter('a')^collections.Counter('b')
        collections.Counter('a')<={'a':1}
        collections.Counter('a')=={'a':1}
        collections.Counter('aab')['z']
        collections.Counter({'a':'x','b':1})
        collections.Counter({'a':'x'})+collections.Counter({'a':'y'})
        ! collections.Counter({1:2}).elements()
        collections.Counter('a').nope
        collections.OrderedDict(1)
        collections.OrderedDict(1,2)
        collections.OrderedDict([(1,2)],x=3)
        collections.OrderedDict([(1,2)]).keys()
        collections.OrderedDict([(1,2)]).items()
        collections.OrderedDict.fromkeys('ab',0)
        collections.OrderedDict.fromkeys()
        collections.OrderedDict([(1,2)])|{3:4}
        collections.OrderedDict([(1,2)]).copy()
        collections.OrderedDict([(1,2),(3,4)])==collections.OrderedDict([(3,4),(1,2)])
        collections.Counter
        {'b':1}|collections.Counter('a')
        list(collections.Counter({'a':1.5}).elements())
        {collections.Counter('a'):1}
        {3:4}|collections.OrderedDict([(1,2)])
        type(collections.OrderedDict([(1,2)]).copy()).__name__
        reversed(collections.OrderedDict([(1,2)])).__class__.__name__
        iter(collections.OrderedDict([(1,2)])).__class__.__name__
        "#,
    );
}

#[test]
fn itertools_give_what_python_gives() {
    check(
        r#"
        list(itertools.chain("ab",[1],())), list(itertools.chain.from_iterable([[1,2],[],"x"])), list(itertools.islice(itertools.count(10,5),4)), list(itertools.chain())
        list(itertools.islice(itertools.cycle("abc"),7)), list(itertools.repeat("x",3)), list(itertools.cycle([])), list(itertools.islice(itertools.cycle([1]),3))
        list(itertools.product("ab",[0,1])), list(itertools.product([0,1],repeat=3))[5:], list(itertools.product()), list(itertools.product("ab",[])), len(list(itertools.product(range(5),repeat=4))), list(itertools.product([1],[2],repeat=2))
        list(itertools.permutations("abc",2)), list(itertools.permutations([1,2,3])), list(itertools.permutations([])), list(itertools.permutations([1],2)), list(itertools.permutations(range(4),0)), list(itertools.permutations(range(4),3))
        list(itertools.combinations("abcd",2)), list(itertools.combinations("ab",3)), list(itertools.combinations("ab",0)), list(itertools.combinations(range(5),3)), sum(1 for _ in itertools.combinations(range(12),5))
        list(itertools.combinations_with_replacement("abc",2)), list(itertools.combinations_with_replacement("ab",3)), list(itertools.combinations_with_replacement([1],4))
        list(itertools.accumulate([1,2,3,4])), list(itertools.accumulate([3,1,4,1,5],max)), list(itertools.accumulate([1,2,3],lambda a,b: a*b,initial=10)), list(itertools.accumulate([])), list(itertools.accumulate("abc")), list(itertools.accumulate([],initial=3))
        list(itertools.takewhile(lambda n: n<3,[1,2,3,1])), list(itertools.dropwhile(lambda n: n<3,[1,2,3,1])), list(itertools.filterfalse(lambda n: n%2,range(6))), list(itertools.filterfalse(None,[0,1,2])), list(itertools.compress("abcdef",[1,0,1,0,1]))
        list(itertools.starmap(pow,[(2,5),[3,2]])), list(itertools.pairwise("abcd")), list(itertools.pairwise([1])), list(itertools.pairwise([]))
        list(itertools.zip_longest("abc",[1],fillvalue="-")), list(itertools.zip_longest()), list(itertools.zip_longest([],[1,2])), list(itertools.zip_longest([1,2]))
        list(itertools.islice("abcdefg",2)), list(itertools.islice("abcdefg",2,None,2)), list(itertools.islice("abc",5,9)), list(itertools.islice(range(10**12),10,30,7)), list(itertools.islice("abcdef",0)), list(itertools.islice("abcdef",1,5,3))
        [(k,len(list(g))) for k,g in itertools.groupby([1,1,2,1])], [list(g) for k,g in itertools.groupby([1,3,2,4,5],key=lambda n: n%2)], [k for k,g in itertools.groupby("aabbc")], [(k,next(g)) for k,g in itertools.groupby("aabbc")], list(itertools.groupby([]))
        [list(g) for g in [g for k,g in itertools.groupby("aab")]]
        next(itertools.islice(itertools.count(0.5,0.25),3,None)), list(zip(itertools.count(),"ab")), list(itertools.islice(itertools.count(2**63-2),3)), list(itertools.islice(itertools.count(1j),2)), list(itertools.islice(itertools.count(3,-2),3))
        (lambda it: [next(it), list(itertools.islice(it,2)), list(it)])(iter(range(6)))
        [list(t) for t in itertools.tee("abc",3)], (lambda p: [next(p[0]),next(p[0]),list(p[1]),list(p[0])])(itertools.tee(iter("abcd")))
        (lambda c: [next(c), next(c), repr(c)])(itertools.count(5)), (lambda c: [next(c), repr(c)])(itertools.repeat(None,3))
        list(map("".join,itertools.permutations("aab")))[:3], [type(x).__name__ for x in (itertools.count(),itertools.chain(),itertools.islice([],1),itertools.product())], isinstance(itertools.count(),itertools.count), isinstance([],itertools.chain)
        ! list(itertools.chain({1,2}))
        "#,
    );
}

#[test]
fn functools_give_what_python_gives() {
    check(
        r#"
        functools.reduce(lambda a,b: a-b,[10,3,2]), functools.reduce(max,[3,9,2],5), functools.reduce(operator.add,[],"seed"), functools.reduce(lambda a,b: (a,b),"abcd"), functools.reduce(operator.mul,range(1,30)), functools.reduce(lambda a,b: a,[7])
        functools.reduce(operator.add,[1,"a"])
        functools.reduce(operator.truediv,[1,0,"x"])
        functools.partial(max,5)(3,9), functools.partial(int,base=2)("101"), functools.partial(functools.partial(int,base=2),"101")(), functools.partial(sorted,reverse=True)([1,2]), functools.partial(sorted,reverse=True)([1,2],reverse=False)
        functools.partial(pow,2).args, functools.partial(int,base=2).keywords, functools.partial(len).func is len, list(map(functools.partial(operator.mul,3),[1,2]))
        sorted(["b10","a2","b9"],key=functools.cmp_to_key(lambda a,b: len(a)-len(b) or (a>b)-(a<b))), sorted([5,1,4],key=functools.cmp_to_key(lambda a,b: b-a)), max([1,3,2],key=functools.cmp_to_key(lambda a,b: b-a))
        sorted([1,2],key=functools.cmp_to_key(lambda a,b: "x"))
        functools.cache(lambda n: n*2)(4), functools.cache(lambda *a,**k: (a,k))(1,x=2), (lambda f: [f(1),f(True),f(1.0),f(1)])(functools.cache(lambda x: x)), (lambda f: [f(1),f(True),f(1.0)])(functools.lru_cache(typed=True)(lambda x: x)), (lambda f: [f((1,)),f((1.0,)),f((True,))])(functools.lru_cache(lambda x: x)), functools.lru_cache(maxsize=0)(abs)(-1)
        (lambda f: [f(a=1,b=2),f(b=2,a=1)])(functools.cache(lambda **k: k)), (lambda f: [f(1,2),f((1,2))])(functools.cache(lambda *a: a)), functools.cache(lambda n: 1//n)(1)
        functools.cache(lambda n: 1//n)(0)
        ! functools.cache(len).cache_info()
        ! functools.cache(len).cache_clear
        functools.total_ordering(type("A",(),{"__lt__": lambda s,o: False}))() <= 5, functools.total_ordering(type("A",(),{"__ge__": lambda s,o: True}))() > 5
        functools.total_ordering(type("A",(),{}))
        functools.total_ordering(type("A",(),{"__lt__": lambda s,o: NotImplemented}))() >= 5
        "#,
    );
}

#[test]
fn operator_gives_what_python_gives() {
    check(
        r#"
        operator.itemgetter(1)("abc"), operator.itemgetter(2,0)([7,8,9]), operator.attrgetter("real")(3+4j), operator.itemgetter(slice(1,3))("abcd"), operator.itemgetter("k")({"k":1})
        operator.itemgetter(5)([1])
        operator.itemgetter("a")({})
        operator.methodcaller("split",",")("a,b"), operator.contains([1],1), operator.truth([]), operator.not_([]), operator.countOf([1,2,1],1), operator.indexOf("abc","c")
        operator.floordiv(-7,2), operator.mod(-7,2), operator.concat([1],[2]), operator.neg(3), operator.xor(6,3), operator.index(True), operator.pos(True), operator.invert(5), operator.lshift(1,70), operator.rshift(5,1), operator.and_({1,2},{2}), operator.or_({1:2},{3:4}), operator.sub(2.5,1), operator.truediv(1,4), operator.pow(2,-1)
        operator.lt(1,2), operator.le((1,),(1,2)), operator.eq([1],[1.0]), operator.ne(1,2), operator.gt("b","a"), operator.ge(1,1), operator.is_not(None,1), operator.getitem([1,2],slice(0,1))
        operator.truediv(1,0)
        operator.lt(1,"a")
        operator.iadd(1,2), operator.iadd("a","b"), operator.ior(frozenset([1]),{1}), operator.imul((1,),2)
        ! operator.iadd([1],[2])
        ! operator.setitem([1],0,2)
        operator.length_hint([1],5), operator.length_hint(5,7), operator.length_hint(iter(range(9)))
        "#,
    );
}

#[test]
fn collections_give_what_python_gives() {
    check(
        r#"
        collections.Counter("mississippi"), collections.Counter("mississippi")["s"], "z" in collections.Counter("a"), len(collections.Counter("aab")), collections.Counter("aab").total(), collections.Counter("mississippi").most_common(2), collections.Counter("mississippi").most_common(), dict(collections.Counter("aab")), list(collections.Counter("aab"))
        collections.Counter(), collections.Counter(a=2,b=0), collections.Counter({"a":1},a=2,c=3), collections.Counter(collections.Counter("aa")), collections.Counter([1,1.0,True,"1"]), collections.Counter(zip("aab","xxy"))
        [op(collections.Counter("mississippi"),collections.Counter({"s":1,"z":5,"i":-2})) for op in (operator.add,operator.sub,operator.and_,operator.or_)], +collections.Counter({"s":1,"i":-2,"o":0}), -collections.Counter({"s":1,"i":-2})
        collections.Counter("ab")==collections.Counter("ba"), collections.Counter("a")<=collections.Counter("aab"), collections.Counter("aab")<collections.Counter("aab"), collections.Counter("aab")>=collections.Counter("ab"), collections.Counter(a=0)==collections.Counter(), collections.Counter(a=0)!={}, collections.Counter("ab")>collections.Counter("a")
        sorted(collections.Counter("abca").elements()), list(collections.Counter({"b":2,"a":1,"c":0,"d":-1}).elements()), collections.Counter("aab").copy()==collections.Counter("aab"), isinstance(collections.Counter(),dict), {**collections.Counter("aa")}, list(collections.Counter("ab").items()), max(collections.Counter("aab"),key=collections.Counter("aab").get)
        collections.Counter({"x":0.5})+collections.Counter({"x":0.25}), sum(collections.Counter("aab").values()), collections.Counter("aab").get("z"), collections.Counter("aab").get("z",0), not collections.Counter("a")-collections.Counter("aa"), collections.Counter(x=2**63-1)+collections.Counter(x=1)
        ! collections.Counter("a").update("b")
        ! collections.Counter("a").subtract("b")
        ! collections.OrderedDict(a=1).move_to_end("a")
        ! collections.OrderedDict(a=1).popitem()
        collections.OrderedDict([("b",1),("a",2)]), list(reversed(collections.OrderedDict([("b",1),("a",2)]))), collections.OrderedDict([("b",1),("a",2)])=={"a":2,"b":1}, collections.OrderedDict()=={}, collections.OrderedDict(), dict(collections.OrderedDict(a=1)), collections.OrderedDict(a=1)["a"], collections.OrderedDict({1:2},b=3)
        collections.OrderedDict(a=1)["zz"]
        collections.OrderedDict([(1,2),(3,4)])==collections.OrderedDict([(3,4),(1,2)]), collections.OrderedDict([(1,2)])==collections.OrderedDict([(1,2)]), type(collections.OrderedDict()|{}).__name__, type({}|collections.OrderedDict()).__name__, type(collections.Counter()|collections.Counter()).__name__
        "#,
    );
}

#[test]
fn bisect_and_heapq_give_what_python_gives() {
    check(
        r#"
        [(x,bisect.bisect_left([1,3,3,3,5,8],x),bisect.bisect_right([1,3,3,3,5,8],x)) for x in range(10)], bisect.bisect_left([1,3,3],3,2), bisect.bisect_right([1,3,3],3,0,2), bisect.bisect([],1), bisect.bisect("abd","c")
        bisect.bisect_left([("a",1),("b",5)],4,key=lambda p: p[1]), bisect.bisect_right(["a","BB","ccc"],2,key=len), bisect.bisect_left(range(10**12),123456789012), bisect.bisect_left([1.0,2.5],2), bisect.bisect([1,2,3],2.5), bisect.bisect((1,2),1)
        ! bisect.insort([1],2)
        heapq.nlargest(3,[4,1,7,3,8,5]), heapq.nsmallest(2,[4,1,7]), heapq.nlargest(0,[1]), heapq.nlargest(9,[2,1]), heapq.nsmallest(2,["ccc","a","bb"],key=len), heapq.nlargest(2,[(1,"x"),(1,"y"),(0,"z")],key=lambda p: p[0]), heapq.nsmallest(1,[]), heapq.nsmallest(1,[3,1,2]), heapq.nlargest(1,iter([3,1,2]))
        heapq.nsmallest(4,((i*37)%101 for i in range(1000))), heapq.nlargest(4,((i*37)%101 for i in range(1000)),key=lambda x: x%10), heapq.nsmallest(5,(str(i) for i in range(100))), heapq.nsmallest(3,iter([1,1.0,True,0])), heapq.nlargest(3,iter([1,1.0,True,0]))
        list(heapq.merge([1,4,7],[2,5],[3])), list(heapq.merge([5,2],[4,1],reverse=True)), list(heapq.merge(["a","ccc"],["bb"],key=len)), list(heapq.merge()), list(heapq.merge([1,1],[1.0],[True])), list(heapq.merge([],[1],[])), list(heapq.merge(range(0,9,2),range(1,9,2),range(9)))
        heapq.nlargest(2,[1,"a"])
        list(heapq.merge([1],["a"]))
        ! heapq.heapify([2,1])
        ! heapq.heappush([],1)
        heapq.nsmallest(2,{3,1,2}), heapq.nlargest(1,{1,2})
        "#,
    );
}
