//! Lists, tuples, dicts, sets, ranges, slices, views, and the built-in functions over iterables.

use super::check;

#[test]
fn wrong_arguments_of_methods() {
    check(
        r#"
        [].count()
        [].count(x=1)
        [].copy(1)
        [].index()
        [].index(1,2,3,4)
        [].index(x=1)
        {}.get()
        {}.get(1,2,3)
        {}.get(k=1)
        {}.keys(1)
        ().count()
        ().index()
        range(3).count()
        range(3).index()
        range(3).index(5)
        range(3).index('a')
        {1}.isdisjoint()
        {1}.union(5)
        {1}.union(x=5)
        {1}.issubset()
        {1}.issubset(1,2)
        frozenset().copy(1)
        {1}.copy(1)
        slice(1).indices()
        slice(1).indices(-1)
        slice(1).indices('a')
        dict.fromkeys()
        dict.fromkeys(1)
        dict.fromkeys([1],2,3)
        dict.fromkeys('ab',x=1)
        [1].index(2)
        (1,).index(2)
        list.count(5,1)
        list.count((1,2),1)
        list(1,2)
        list(x=1)
        tuple(1,2)
        tuple(x=1)
        set(1,2)
        set(x=1)
        frozenset(1,2)
        frozenset(x=1)
        dict(1,2)
        dict(1)
        dict([1])
        dict(['abc'])
        dict([[1,2],(1,)])
        dict(a=1,**{'a b':2})
        range()
        range(1,2,3,4)
        range(x=1)
        range(1.5)
        range(1,2,0)
        slice()
        slice(1,2,3,4)
        slice(x=1)
        {1:1}.isdisjoint
        {1:1}.keys().isdisjoint()
        {}.__getitem__(1)
        {1:2}.__contains__(1), [1].__len__(), (1,).__add__((2,)), [3].__eq__([3]), [3].__eq__((3,)), {1}.__or__({1})
        "#,
    );
}

#[test]
fn operators_and_their_errors() {
    check(
        r#"
        [1]*1.5
        1.5*[1]
        [1]*[1]
        [1]+(1,)
        (1,)+[1]
        [1]+1
        1+[1]
        [1]*10**30
        [1]*-10**30
        [1]*True, 2*(1,2), (1,2)*-1, [[]]*3
        [1][10**30]
        [1]['a']
        (1,)['a']
        (1,)[10**30]
        range(3)['a']
        range(3)[5]
        range(3)[10**30]
        {1}[0]
        [1][::0]
        [1]['a':]
        range(3)[::0]
        {1}<[1]
        {}<{}
        {}|1
        {}+{}
        {1}|[1]
        {1}+{2}
        len(range(2**63))
        {[]:1}
        {{}:1}
        {slice(1):1}
        {{}.keys():1}
        {{}.items():1}
        {{1}:1}
        {}.fromkeys([1,2])
        {1:2}.keys()|5
        {1}&{1.0}, {1,2}&{1.0}, {1}&{1.0,2.0}, {1.0}|{1}, {True}-{2}, {1}^{1.0}
        [1]&{1:2}.keys()
        {1:2}.items()&[(1,2)]
        {1:2}.keys()&5
        5&{1:2}.keys()
        {1:2}.values()|{1}
        {1:2}.items()==[(1,2)]
        {1:2}.items()=={(1,2)}, {1:2}.keys()=={1}, {1:[]}.items()=={1:[]}.items(), {1:2}.values()=={1:2}.values()
        len({1:2}|{3:4})
        range(3)==range(0,3), range(0)==range(5,2), range(0,3,2)==range(0,4,2), range(1,2)==range(1,3)
        slice(1,2)<slice(2,3), slice(1)==slice(None,1,None), slice(1,2)
        slice(1,2)[0]
        set()|{}.keys(), frozenset()|{}.keys(), {}.keys()|frozenset(), frozenset()-{}.keys()
        1 in 5
        [] in {1}
        {1} in {frozenset({1})}
        {1}.issuperset([[]])
        slice(0).indices(10**30)
        (1,2)<(1,3), (1,)<(1,0), [1,'a']==[1,'a'], [1,[2]]==[1,[2]], [1,2]<=[1,2], ()<()
        (1,'a')<(1,2)
        [1,2.5,'x']<[1,2.5,3]
        {1,2}<{1,2,3}, {1,2}<={2,1}, {1}>set(), {1,2}>={3}, {1}=={1.0}, {1}==frozenset([1]), {1}!={2}
        {'a':1}=={'a':1.0}, {'a':1}=={'b':1}, {1:2,3:4}=={3:4,1:2}
        {1:'a',True:'b',1.0:'c'}, {0:'a',-0.0:'b'}, {2**70:'big'}[2.0**70], {(1,2):3}[(1.0,2)]
        {range(3):1}[range(0,3,1)], {frozenset([1,2]):1}[frozenset([2,1])]
        {'b':1,'a':2}|{'a':0,'z':26}, {'b':1}|{}, {}|{'b':1}
        {1:2}[3]
        {1:2}[[]]
        5.0 in range(9), 5.5 in range(9), '5' in range(9), 10**30 in range(0,10**40,10), True in range(2), None in range(2)
        range(10**20,10**20+10,3), list(range(10**20,10**20+10,3)), range(2**63)[2**62], range(-2**64,2**64)[-1], range(10**18)[::-1][0]
        range(2,30,3)[2:5], range(2,30,3)[::-1], range(2,30,3)[10:], range(5,1,-1), range(9)[-3:][0], len(range(-10,10,3))
        [[(a,b,c) for a in (-9,-2,0,3,9)][slice(a,b,c)] for a in (None,-7,-1,0,2) for b in (None,-3,1,9) for c in (None,1,2,-1,-3)]
        [list(range(6))[a:b:c] == list(tuple(range(6))[a:b:c]) == list(range(6)[a:b:c]) for a in (None,-7,-1,0,2) for b in (None,-3,1,9) for c in (None,1,2,-1,-3)]
        [0,1,2,3,4,5][10**30:], [0,1,2][:10**30], [0,1,2][::10**30], [0,1,2][::-10**30], [0,1,2,3][True:3]
        repr({}.keys()), {1:2}.values(), {1:(2,)}.items(), [[]], ((),), (1,), {}, {1:{}}, set(), frozenset(), {1}, frozenset({'a'}), range(5), range(1,5,2)
        [1, 1.0, True, None, "s", b"s", (1,), {}, ...], ["it's", 'a"b', "tab\t", "é", "\x00"]
        (1, 1.0, True).index(True), [1,2,1].count(1), [1,2,3,1].index(1,1), [1,2,3,1].index(1,-1,99), (1,2).index(2,0,1)
        sorted({1,2,3}.union([4],(5,),{6:0})), sorted({1,2,3}.intersection([1,2],{2})), sorted({1,2,3}.difference([1],[2])), {1}.symmetric_difference([1])
        {1,2}.isdisjoint([3]), {1,2}.issubset(range(5)), {1,2}.issuperset([1]), {1,2}.isdisjoint({2})
        dict([("x",1),("y",2),("x",3)]), dict(zip("ab",range(3))), dict.fromkeys("hello",0), dict({1:2},a=3), dict({1:2}.items())
        {i:i*i for i in range(20)}[19], len({i%10:i for i in range(1000)}), {str(i):i for i in range(100)}['57'], {i for i in range(100)} == set(range(100))
        [*{1:2}, *{1:2}.values()], [*range(3), *"ab"], {**{1:2}, 1:3, 4:5}
        "#,
    );
}

#[test]
fn iterator_functions() {
    check(
        r#"
        iter([]).x
        reversed({1})
        reversed(5)
        reversed()
        reversed([1],[2])
        reversed(x=1)
        iter()
        iter(5)
        iter(5,6)
        iter(1,2,3)
        next()
        next(5)
        next([1])
        next(iter([]))
        next(iter([]),1,2)
        next(iter([]),1), next(iter('q')), next(iter({5}))
        zip(1)
        zip([],x=1)
        zip([],5)
        map()
        map(len)
        map(len,5)
        map(len,[],x=1)
        list(map(None,[1]))
        filter()
        filter(None)
        filter(None,5)
        filter(None,[],[])
        filter(x=1)
        enumerate()
        enumerate(5)
        enumerate([],'a')
        enumerate([],1,2)
        enumerate([],start=1.5)
        enumerate([],x=1)
        enumerate(sequence=[1])
        list(enumerate(iterable=[1],start=3)), list(enumerate('ab',2**63-1))
        sum()
        sum(5)
        sum([],1,2)
        sum([1],x=2)
        sum(['a'])
        sum([],'')
        sum([],b'')
        sum(5,'')
        sum([[1]])
        sum(x=1)
        sum(iterable=[1])
        sum(start=1)
        sum([1],start=2), sum([[1],[2]],[]), sum(range(5),10), sum([0.5]*4), sum([True]*3), sum((),start=7), sum([(1,),(2,)],())
        sum([2**62]*4), sum([2**64,-1]), sum([1,0.5,2]), sum([1j,2]), sum([],-0.0), sum([-0.0]), sum([-0.0],-0.0), sum([0.5,1j,2])
        sum(range(10**5)), sum(range(10,0,-3)), sum([1e308,1e308,-1e308]) > 0, sum({1,2,3}), sum([10**400, 1])
        min()
        min(5)
        min([])
        min([],key=len)
        min([],default=5)
        min(1,2,default=3)
        min([1],x=2)
        min(x=1)
        min([1,'a'])
        max([1,'a'])
        max([None,1])
        max(1,2,key=5)
        max([],x=1)
        min(3,1,2), max('apple','fig',key=len), max([1,1.0,True]), min([True,1]), max({'a':1,'b':0}), min([2.5,1]), max(range(9)), min(range(9,0,-2))
        min([1,2],key=None), max([],default=None), min([[1,2],[1]]), max('ab','b'), max((1,'b'),(1,'a'))
        any()
        any(5)
        any([1],[2])
        any(x=1)
        all()
        any([]), all([]), any([0,1]), all([0,1]), any(x>3 for x in [1,5]), all({1,2})
        sorted()
        sorted(5)
        sorted([],[])
        sorted([1],x=2)
        sorted([1],key=5)
        sorted([1],reverse='a')
        sorted([2,1],reverse=1.0)
        sorted([1],reverse=None)
        sorted(iterable=[1])
        sorted([1,'a'])
        sorted(['a',1])
        sorted([None,1,2])
        sorted([1j,2j])
        sorted([3,2,1],key=lambda n: 1//(n-2))
        sorted([3,1.5,True,-2,0.0,-0.0,False]), sorted('Banana'), sorted('Banana',key=lambda c: c.lower()), sorted([[2],[1,5],[]]), sorted({'b':1,'a':2})
        sorted(range(20),key=lambda n: n%5), sorted(range(10),key=lambda n: 0,reverse=True), sorted([('a',2),('b',1)],key=lambda p: p[1]), sorted([2,1,3],reverse=1)
        sorted([(1,'a'),(0,2),(1,'b')]), sorted([(1,'a'),(1,2)])
        sorted([1.5,'a',None]*7)
        sorted([(i*7919)%1009 if i%97 else str(i) for i in range(1,300)])
        sorted([2,1,float('inf'),-float('inf'),1.5,10**400])
        sorted([b'b',b'a']), sorted([[1.0],[0.5,2]]), sorted([3,1,2],key=lambda x: -x), sorted([True,False,2])
        list(zip([1,2,3],'ab')), list(zip()), list(zip([1])), list(zip('ab',[1,2],(None,True),strict=True))
        list(zip('ab','a','a',strict=True))
        list(zip('a','a','ab',strict=True))
        list(zip('ab','ab','a',strict=True))
        list(zip('a','ab','ab',strict=True))
        list(map(int,'123')), list(map(pow,[2,3],[5,2,9])), list(filter(None,[0,1,'',2])), list(filter(lambda n: n>1,range(4))), list(reversed('abc')), list(reversed(range(0,10,3)))
        list(map(int,'1x'))
        list(reversed({1:2,3:4})), list(reversed({1:2,3:4}.items())), list(reversed((1,2))), list(reversed(b'ab')), list(reversed(range(2**70,2**70+3)))
        list(iter((1,2))), list('aé€😀'), list(reversed('aé€😀')), list(b'ab'), list({1:2}.items()), tuple({1:2})
        [type(x).__name__ for x in (iter([]),iter(()),iter(''),iter('é'),iter(b''),iter(range(1)),iter(range(10**30)),iter({}),iter({}.values()),iter({}.items()),iter(set()))]
        [type(x).__name__ for x in (reversed([]),reversed(()),reversed(''),reversed(range(1)),reversed({}),reversed({}.values()),reversed({}.items()),zip(),map(len,[]),filter(None,[]),enumerate([]),iter(len,3))]
        (lambda it: [next(it,None),list(it),list(it)])(iter('xyz'))
        (lambda it: list(zip(it,it)))(iter('abcdef'))
        (lambda it: list(iter(lambda: next(it), 3)))(iter([1,2,3,4]))
        list((x,y) for x in range(3) for y in range(x) if x+y>1)
        "#,
    );
}

#[test]
fn the_order_of_a_set_does_not_show() {
    check(
        r#"
        ! list({1,2})
        ! tuple({'a','b'})
        ! repr({1,2})
        ! str(frozenset('ab'))
        ! next(iter({1,2}))
        ! [x for x in {1,2}]
        ! dict.fromkeys({1,2})
        ! list(enumerate({1,2}))
        ! list(zip({1,2},'ab'))
        ! list(map(str,{1,2}))
        ! sorted({1,2},key=lambda x: 0)
        ! min({1,2},key=lambda x: 0)
        ! sorted({1,'a'})
        ! max({frozenset([1]),frozenset([2])})
        ! [1]+list({1,2})
        ! (1,)+tuple({1,2})
        ! collections.Counter({1,2})
        ! sorted(map(lambda x: 1 if x==1 else 1.0, {1,2}))
        ! any(map(lambda x: 1//x, {0,1}))
        ! sum({(1,),(2,)},())
        list({1}), tuple({'a'}), [x for x in {7}], next(iter({5})), dict.fromkeys({1}), list(set()), repr({(1,2)})
        sorted({3,1,2}), sorted({'b','a'}), min({1,2}), max({'a','b'}), sum({1,2.5}), any({0,1}), all({0,1}), len({1,2}), 1 in {1,2}
        sorted(map(lambda x: x%2, {1,2,3,4})), sum(map(lambda x: x*x, {1,2,3})), max(filter(lambda x: x<3, {1,2,3})), set(map(str,{1})), len(set(map(str,{1,2})))
        sorted({1,2,3},key=lambda x: -x), max({'a','bb'},key=len), sorted({(1,'a'),(0,'b')}), frozenset({1,2}) == {1,2}, sorted(frozenset('ba'))
        {1,2}.isdisjoint({3,4}), {1,2}|{3} == {1,2,3}, len({*{1,2}, *{2,3}}) if False else 3, {1:0,2:0}.keys() == {1,2}, {1:0}.keys() <= {1,2}
        sorted({1,2.5,10**30,-0.5}), sorted({True,2}), {1,2}.issuperset({1}), [1,2,3] == sorted({1,2,3})
        "#,
    );
}
